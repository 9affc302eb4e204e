// A made-up ECG through Bedside's ECG chain and the arrhythmia network, a line for each beat on the serial monitor (115200 baud).
// About 9 KB of RAM. Bedside is not a medical device.
#include <bedside.h>

#include "heartbeat.h"

static void print(const char *line) {
  Serial.println(line);
}

void setup() {
  Serial.begin(115200);
  while (!Serial && millis() < 4000) {
  }
  heartbeat(print);
}

void loop() {
}
