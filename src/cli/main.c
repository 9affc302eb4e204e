/* bedside: compile a network, look into a model, run it, judge it.
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

typedef struct command {
    const char *name, *summary, *help;
    cli_command *run;
} command;

static const command commands[] = {
    {"compile", "turn an ONNX or TensorFlow Lite network into a .bds model",
     "bedside compile MODEL.onnx|MODEL.tflite -o OUT.bds [options]\n"
     "\n"
     "Turns the network into integers and writes one file that holds everything an examination needs. The same inputs\n"
     "give the same bytes.\n"
     "\n"
     "What the network sees\n"
     "  --recipe FILE.json   labels, input geometry, normalisation, licence, citation\n"
     "  --data DATA          data.npz (train_images, train_labels, val_images, ...) or a folder train/<label>/*.png,\n"
     "                       val/...: ranges from train, and temperature, interval, abstention limit and\n"
     "                       out-of-distribution gate from val; with \"task\": \"segment\" train/images/*.png and\n"
     "                       train/masks/*.png, white where something is\n"
     "  --scores FILE.npz    temperature, interval and abstention limit from these logits and labels in place of "
     "val's:\n"
     "                       answers about train by networks of the same recipe that had not seen what they answer\n"
     "  --no-fit             of these, only the ranges\n"
     "  --calibrate DATA     ranges from x.npy ([samples, ...], normalised as the network wants it), x.npz, or with a\n"
     "                       recipe a folder of pictures\n"
     "  --calibration N      samples that the ranges are taken from (default 512)\n"
     "  --method M           of the ranges: mse (default), minmax, percentile; --percentile P (default 99.99)\n"
     "  --batch N            size of an open batch dimension (default 1)\n"
     "A network that is quantised already keeps its scales and needs no data. Any other one without data gets ranges\n"
     "from noise: good for timing, not for answers.\n"
     "\n"
     "What becomes of the weights\n"
     "  --weights CLASS      int8 (default), 7-bit, 4-bit, 3-bit, ternary, power-of-two\n"
     "  --prune SHARE        that share of each layer's weights becomes 0; or channels:SHARE, or N:M (2:4)\n"
     "  --layers LIST        NAME=CLASS[/PRUNING],...: choices of single layers\n"
     "  --equalise           cross-layer equalisation first\n"
     "  --adaptive-rounding  each weight up or down by what the layer's result needs\n"
     "  --reconstruct        each layer fitted on what the quantised layers before it make of the samples\n"
     "  --no-bias-correction\n"
     "  --wide all|NAME,...  results in 16 bits\n"
     "  --keep-dead-channels\n"
     "  --coder CODER        adaptive (default, smallest), static (decodes faster), raw (used in place; --no-entropy)\n"
     "  --target mcu         for a microcontroller's flash: nothing is coded (--coder raw), so that weights are used "
     "in\n"
     "                       place and the plan holds none; and of the texts only name, task, labels, classes,\n"
     "                       positive, licence, citation, intended_use and source_sha256 stay (dropped: title, "
     "limits,\n"
     "                       card, compiler, source, the figures of the calibration). Answers do not change\n"
     "A recipe may state these itself: \"compile\": {\"weights\": \"ternary\", \"layers\": {\"conv1\": \"int8\"}}. "
     "Weights that\n"
     "training left on the class's grid, one scale per output channel, are stored as they are.\n"
     "\n"
     "Search: the compiler chooses class, sparsity and coder\n"
     "  --max-bytes SIZE     the best file of at most 60K, 1.5M ...\n"
     "  --max-drop POINTS    the smallest file that loses at most so much\n"
     "  --metric M --val D   auc or accuracy on labelled data: with --recipe as --data, else an .npz with x and y;\n"
     "                       or snr (default without --val): decibels on the calibration samples\n"
     "  --max-trials N       files measured at most (default 60)\n"
     "\n"
     "  --report FILE.html   what was done: layers, memory, the search, the error of every layer\n",
     cmd_compile},
    {"beats", "what a network sees of the heartbeats in WFDB records",
     "bedside beats RECORD... -o OUT.npz [--detect]\n"
     "\n"
     "RECORD is FOLDER/NAME of .hea, .dat (formats 212 and 16) and .atr with 360 samples per second. OUT.npz gets, one "
     "row\n"
     "for each annotated beat: beat [88, 4] and scalars (int8, in 32nds), label (AAMI: 0 N, 1 S, 2 V, 3 F, 4 Q), "
     "symbol, at\n"
     "(its sample) and record (0 for the first RECORD).\n"
     "  --detect   the detector's beats instead; label and symbol are those of the annotated beat within 150 ms, 5 and "
     "0 "
     "of\n"
     "             none\n",
     cmd_beats},
    {"diff", "compare a model with its float network, layer by layer",
     "bedside diff MODEL.onnx|MODEL.tflite FILE.bds --data DATA [--samples N] [--json]\n"
     "\n"
     "Runs both on the same samples (at most N, default 32) and shows the signal to noise ratio and the worst error "
     "of\n"
     "each layer. DATA: x.npy or x.npz with numbers, or pictures where the file takes pictures.\n",
     cmd_diff},
    {"info", "what a model is made of",
     "bedside info FILE.bds [--json] [--memory FILE.svg] | --card\n"
     "\n"
     "Shows the header, the metadata, every layer and who occupies the memory when; --memory draws that. --card "
     "prints\n"
     "nothing but the recipe that the file carries, as JSON: data, limits, the fields of the model card, figures.\n",
     cmd_info},
    {"monitor", "play ECG records and say what is found, beat by beat",
     "bedside monitor FILE.bds RECORD... [--records OUT] [--json] [--leads 1|2] [--cpu LIST]\n"
     "\n"
     "Plays each WFDB record (FOLDER/NAME of .hea and .dat, 100 to 2000 samples per second) as a wearable would hear "
     "it: "
     "its\n"
     "beats are found by the detector, judged by the model, or withheld where the signal is disturbed. One line of\n"
     "JSON for each beat: record, beat (which one, from 0), at (its sample in the record), quality (bits), withheld,\n"
     "rate (beats per minute, 0: not known); unless withheld also label, logits (as stored), doubts (bits); with\n"
     "annotations (.atr) truth. With those also how often that was right: a beat is found if it is annotated within\n"
     "150 ms, one to one; beats that are not found, or withheld, count against the sensitivity, what is no beat\n"
     "against the predictive value of what it was called.\n"
     "  --records OUT   the lines go there\n"
     "  --json          the figures, by record and together, and the SHA-256 of all outputs (digest)\n"
     "  --leads 1       as if only the first lead were there\n",
     cmd_monitor},
    {"run", "examine pictures",
     "bedside run FILE.bds PICTURE... [--json] [--layers] [--cpu scalar|avx2|all]\n"
     "bedside run FILE.bds|NETWORK.onnx|NETWORK.tflite --tensors X.npy|X.npz -o Y.npy\n"
     "\n"
     "Decodes PNG or JPEG, prepares, runs, and says what was found and what speaks against trusting it.\n"
     "  --layers   also the range of every layer's result\n"
     "With --tensors numbers go in and numbers come out, without pictures and findings; Y.npy holds output 0. A\n"
     "network runs in float and takes [samples, ...] with its own dimensions; a .bds takes [samples, height, width,\n"
     "channels].\n",
     cmd_run},
    {"eval", "judge a model by labelled pictures",
     "bedside eval FILE.bds --data DATA | --outliers DATA [options]\n"
     "\n"
     "  --data DATA          data.npz or a folder <split>/<label>/*.png; for a model that marks pixels a folder with\n"
     "                       <split>/images/*.png and <split>/masks/*.png; for one of heartbeats the folder of WFDB "
     "records\n"
     "  --outliers DATA      a folder of pictures, or data.npz without labels, that are not what the model was made "
     "for:\n"
     "                       which share of them is turned away, and which is believed\n"
     "  --split NAME         train, val or test (default test)\n"
     "  --float MODEL.onnx   also the float network, on the same prepared pixels\n"
     "  --curves             with --json: points of the ROC curve and of the reliability plot\n"
     "  --records OUT        one line of JSON per picture: truth, stored logits, probabilities, doubts, distance\n"
     "  --cpu scalar|avx2|all\n"
     "  --json               figures, their 95 % intervals (ci), and the SHA-256 of all outputs (digest)\n"
     "acc is at 0.5 (binary) or the leading label; acc_val_threshold at the threshold of the largest sensitivity +\n"
     "specificity on val. Intervals are the 2.5th to 97.5th percentile of 1000 seeded resamples.\n",
     cmd_eval},
    {"bench", "how fast a model runs on this machine",
     "bedside bench FILE.bds [--layers] [--json] [--rounds N] [--cpu LIST|MASK]\n"
     "\n"
     "Times inferences in one thread, input handed over and output looked at, on the same random numbers each time.\n"
     "  --layers     also each operator: its least time, speed, and share of the whole\n"
     "  --rounds N   how many inferences (default: two seconds of them)\n"
     "  --cpu LIST   scalar, all (default), or which kernels may be used: avx2; or their mask as a number\n"
     "The ceiling is the speed of a loop that only multiplies and adds.\n",
     cmd_bench},
    {"export-c", "turn a model into C for firmware",
     "bedside export-c FILE.bds [-o FOLDER] [--name NAME] [--plain]\n"
     "\n"
     "Writes NAME.h and NAME.c (default: the model's name): weights and tables that stay in flash, the exact bytes of "
     "memory\n"
     "for each family of processors, and references to the kernels that this network needs and no others. They are "
     "compiled\n"
     "with Bedside's runtime; bedside.h says how to call them (bds_network_plan).\n"
     "  --plain   no layer goes block by block: more memory, a little less time\n",
     cmd_export},
    {"verify", "check a file and this machine",
     "bedside verify FILE.bds [--sha256 HEX]\n"
     "\n"
     "Checks the structure, CRC-32C and SHA-256, plans the memory, compares every fast kernel with its reference, and "
     "prints the\n"
     "SHA-256 of the whole file. With --sha256 that must be the one expected.\n",
     cmd_verify},
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void say(const char *format, va_list arguments, const char *tail)
{
    fputs("bedside: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs(tail, stderr);
}

int cli_fail(bds_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments, "");
    va_end(arguments);
    fprintf(stderr, " [%s]\n", bds_status_name(status));
    return 1;
}

int cli_fail_named(const char *status_name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments, "");
    va_end(arguments);
    fprintf(stderr, " [%s]\n", status_name);
    return 1;
}

int cli_usage(const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments, "");
    va_end(arguments);
    fprintf(stderr, "; see: bedside help%s%s [%s]\n", *name ? " " : "", name, bds_status_name(BDS_E_ARGUMENT));
    return 2;
}

static const command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return 0;
}

static int help(const char *name)
{
    const command *c = name ? find(name) : 0;
    if (name && !c)
        return cli_usage("", "there is no command '%s'", name);
    if (c) {
        fputs(c->help, stdout);
        return 0;
    }
    puts("bedside " BDS_VERSION ": diagnosis models that run where the patient is. Not a medical device.\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  bedside %-8s %s\n", commands[i].name, commands[i].summary);
    puts("  bedside help     [command]\n  bedside --version\n\nExit code: 0 done, 1 failed, 2 called wrongly.");
    return 0;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--version") == 0) {
        puts("bedside " BDS_VERSION);
        return 0;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(argc > 2 ? argv[2] : 0);
    const command *c = find(name);
    if (!c)
        return *name ? cli_usage("", "there is no command '%s'", name) : cli_usage("", "a command is missing");
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0)
            return help(name);
    return c->run(argc - 2, argv + 2);
}
