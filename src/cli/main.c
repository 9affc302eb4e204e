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
    {"compile", "turn an ONNX network into a .bds model",
     "bedside compile MODEL.onnx -o OUT.bds [options]\n"
     "\n"
     "Quantises the network to integers and writes one file that holds everything an examination needs.\n"
     "  --recipe FILE.json   labels, input geometry, normalisation, licence, citation\n"
     "  --data DATA          data.npz (train_images, train_labels, val_images, ...) or a folder train/<label>/*.png, "
     "val/...\n"
     "  --calibration N      pictures of the training split that the ranges are taken from (default 512)\n"
     "  --no-fit             no temperature, interval, abstention limit and out-of-distribution gate from the "
     "validation split\n"
     "  --no-entropy         weights as they are: a larger file, but usable in place from flash\n"
     "Without --data the ranges come from noise: good for timing, not for answers.\n"
     "The same inputs give the same bytes.\n",
     cmd_compile},
    {"info", "what a model is made of",
     "bedside info FILE.bds [--json]\n"
     "\n"
     "Shows the header, the metadata, every layer and who occupies the memory when.\n",
     cmd_info},
    {"run", "examine pictures",
     "bedside run FILE.bds PICTURE... [--json] [--layers] [--cpu scalar|avx2|all]\n"
     "\n"
     "Decodes PNG or JPEG, prepares, runs, and says what was found and what speaks against trusting it.\n"
     "  --layers   also the range of every layer's result\n",
     cmd_run},
    {"eval", "judge a model by labelled pictures",
     "bedside eval FILE.bds --data DATA | --outliers DATA [options]\n"
     "\n"
     "  --data DATA          data.npz or a folder <split>/<label>/*.png\n"
     "  --outliers DATA      a folder of pictures, or data.npz without labels, that are not what the model was made "
     "for:\n"
     "                       which share of them is turned away, and which is believed\n"
     "  --split NAME         train, val or test (default test)\n"
     "  --float MODEL.onnx   also the float network, on the same prepared pixels\n"
     "  --curves             with --json: points of the ROC curve and of the reliability plot\n"
     "  --cpu scalar|avx2|all\n"
     "  --json\n"
     "acc is at 0.5 (binary) or the leading label; acc_val_threshold at the threshold of the largest sensitivity +\n"
     "specificity on val. Intervals are the 2.5th to 97.5th percentile of 1000 seeded resamples.\n",
     cmd_eval},
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
