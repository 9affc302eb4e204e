/* Stands in for a board's: what the example calls. */
struct Stream {
    void begin(unsigned long baud);
    void println(const char *line);
    operator bool();
};
extern Stream Serial;
unsigned long millis();
