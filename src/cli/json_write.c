/* SPDX-License-Identifier: MIT */
#include "json_write.h"

#include <math.h>
#include <string.h>

void json_quote(FILE *to, const char *text, size_t n)
{
    fputc('"', to);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            fprintf(to, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", to);
        else if (c < 0x20 || c == 0x7f)
            fprintf(to, "\\u%04x", c);
        else
            fputc(c, to);
    }
    fputc('"', to);
}

static void before(json_writer *w, const char *name)
{
    if (!w->first)
        fputc(',', w->to);
    if (w->depth)
        fprintf(w->to, "\n%*s", w->depth, "");
    w->first = 0;
    if (name) {
        json_quote(w->to, name, strlen(name));
        fputs(": ", w->to);
    }
}

void json_open(json_writer *w, const char *name, char bracket)
{
    before(w, name);
    fputc(bracket, w->to);
    w->depth++;
    w->first = 1;
}

void json_close(json_writer *w, char bracket)
{
    w->depth--;
    if (!w->first)
        fprintf(w->to, "\n%*s", w->depth, "");
    fputc(bracket, w->to);
    w->first = 0;
}

void json_begin(json_writer *w, FILE *to)
{
    *w = (json_writer){to, 0, 1};
    json_open(w, 0, '{');
}

void json_end(json_writer *w)
{
    json_close(w, '}');
    fputc('\n', w->to);
}

void json_put_text(json_writer *w, const char *name, const char *text, size_t n)
{
    before(w, name);
    json_quote(w->to, text, n);
}

void json_put_string(json_writer *w, const char *name, const char *text)
{
    json_put_text(w, name, text, strlen(text));
}

void json_put_whole(json_writer *w, const char *name, int64_t value)
{
    before(w, name);
    fprintf(w->to, "%lld", (long long)value);
}

void json_put_real(json_writer *w, const char *name, double value, int decimals)
{
    before(w, name);
    if (isfinite(value))
        fprintf(w->to, "%.*f", decimals, value);
    else
        fputs("null", w->to);
}

void json_put_bool(json_writer *w, const char *name, int value)
{
    before(w, name);
    fputs(value ? "true" : "false", w->to);
}
