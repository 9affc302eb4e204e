/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <stdlib.h>
#include <string.h>

typedef struct parser {
    json *doc;
    const char *at, *end;
    char *out; /* strings are unescaped into doc->text; they never grow */
} parser;

static int wrong(parser *p, const char *what)
{
    if (!p->doc->error)
        p->doc->error = what;
    return 0;
}

static void skip_space(parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r'))
        p->doc->line += *p->at++ == '\n';
}

static int take(parser *p, char c)
{
    if (p->at == p->end || *p->at != c)
        return 0;
    p->at++;
    return 1;
}

static int add_value(parser *p, uint32_t *index)
{
    json *doc = p->doc;
    if (doc->count == JSON_MAX_VALUES)
        return wrong(p, "too many values");
    if (doc->count == doc->capacity) {
        uint32_t capacity = doc->capacity ? doc->capacity * 2 : 64;
        json_value *more = realloc(doc->values, capacity * sizeof *more);
        if (!more)
            return wrong(p, "out of memory");
        doc->values = more;
        doc->capacity = capacity;
    }
    *index = doc->count++;
    memset(&doc->values[*index], 0, sizeof(json_value));
    return 1;
}

static int hex4(parser *p, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++, p->at++) {
        char c = p->at < p->end ? *p->at : '?';
        uint32_t digit;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (uint32_t)((c | 32) - 'a') + 10;
        else
            return wrong(p, "\\u needs four hexadecimal digits");
        *code = *code << 4 | digit;
    }
    return 1;
}

static void put_utf8(parser *p, uint32_t c)
{
    if (c < 0x80) {
        *p->out++ = (char)c;
        return;
    }
    int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    *p->out++ = (char)((0xff00u >> (tail + 1) & 0xffu) | c >> (6 * tail)); /* 110..., 1110..., 11110... */
    while (tail--)
        *p->out++ = (char)(0x80 | (c >> (6 * tail) & 0x3f));
}

static int escape(parser *p)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (p->at == p->end)
        return wrong(p, "a string without its end");
    char c = *p->at++;
    const char *found = c ? strchr(from, c) : 0;
    if (found) {
        *p->out++ = to[found - from];
        return 1;
    }
    uint32_t code, low;
    if (c != 'u')
        return wrong(p, "an unknown escape in a string");
    if (!hex4(p, &code))
        return 0;
    if (code >= 0xd800 && code < 0xdc00) {
        if (!take(p, '\\') || !take(p, 'u') || !hex4(p, &low) || low < 0xdc00 || low > 0xdfff)
            return wrong(p, "half a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
        return wrong(p, "half a surrogate pair");
    }
    if (!code)
        return wrong(p, "a zero character in a string");
    put_utf8(p, code);
    return 1;
}

/* One UTF-8 sequence of two to four bytes; no overlong forms, no surrogates. */
static int copy_utf8(parser *p)
{
    uint8_t lead = (uint8_t)*p->at;
    int tail = lead >= 0xc2 && lead <= 0xdf   ? 1
               : lead >= 0xe0 && lead <= 0xef ? 2
               : lead >= 0xf0 && lead <= 0xf4 ? 3
                                              : 0;
    if (!tail || p->end - p->at <= tail)
        return wrong(p, "bytes that are not UTF-8");
    uint32_t code = lead & (0x3fu >> tail);
    for (int i = 1; i <= tail; i++) {
        uint8_t c = (uint8_t)p->at[i];
        if ((c & 0xc0) != 0x80)
            return wrong(p, "bytes that are not UTF-8");
        code = code << 6 | (c & 0x3f);
    }
    if ((tail == 2 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) ||
        (tail == 3 && (code < 0x10000 || code > 0x10ffff)))
        return wrong(p, "bytes that are not UTF-8");
    memcpy(p->out, p->at, (size_t)tail + 1);
    p->out += tail + 1;
    p->at += tail + 1;
    return 1;
}

static int string(parser *p, const char **text)
{
    if (!take(p, '"'))
        return wrong(p, "a string was expected");
    *text = p->out;
    while (p->at < p->end) {
        uint8_t c = (uint8_t)*p->at;
        if (c == '"') {
            p->at++;
            *p->out++ = 0;
            return 1;
        }
        if (c < 0x20)
            return wrong(p, "a control character in a string");
        if (c == '\\') {
            p->at++;
            if (!escape(p))
                return 0;
        } else if (c < 0x80) {
            *p->out++ = *p->at++;
        } else if (!copy_utf8(p)) {
            return 0;
        }
    }
    return wrong(p, "a string without its end");
}

static int digits(parser *p)
{
    const char *begin = p->at;
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
        p->at++;
    return p->at > begin;
}

static int number(parser *p, double *value)
{
    const char *begin = p->at;
    take(p, '-');
    if (!take(p, '0') && !digits(p))
        return wrong(p, "a value was expected");
    if (take(p, '.') && !digits(p))
        return wrong(p, "a number without digits after its point");
    if (take(p, 'e') || take(p, 'E')) {
        if (!take(p, '+'))
            take(p, '-');
        if (!digits(p))
            return wrong(p, "a number without an exponent");
    }
    char copy[64];
    size_t n = (size_t)(p->at - begin);
    if (n >= sizeof copy)
        return wrong(p, "a number of more than 63 characters");
    memcpy(copy, begin, n);
    copy[n] = 0;
    *value = strtod(copy, 0); /* the program never leaves the "C" locale */
    if (!(*value >= -1e300 && *value <= 1e300))
        return wrong(p, "a number out of range");
    return 1;
}

static int word(parser *p, const char *expected)
{
    size_t n = strlen(expected);
    if ((size_t)(p->end - p->at) < n || memcmp(p->at, expected, n) != 0)
        return wrong(p, "a value was expected");
    p->at += n;
    return 1;
}

static int value(parser *p, uint32_t index, uint32_t depth);

static int children(parser *p, uint32_t parent, uint32_t depth, char close)
{
    int is_object = close == '}';
    uint32_t last = 0;
    if (depth >= JSON_MAX_DEPTH)
        return wrong(p, "nested too deeply");
    p->at++;
    skip_space(p);
    if (take(p, close))
        return 1;
    for (;;) {
        const char *name = 0;
        uint32_t child;
        skip_space(p);
        if (is_object) {
            if (!string(p, &name))
                return 0;
            if (json_member(p->doc, &p->doc->values[parent], name))
                return wrong(p, "a name that occurs twice in one object");
            skip_space(p);
            if (!take(p, ':'))
                return wrong(p, "a colon was expected");
            skip_space(p);
        }
        if (!add_value(p, &child))
            return 0;
        p->doc->values[child].name = name;
        if (!value(p, child, depth + 1))
            return 0;
        if (last)
            p->doc->values[last].next = child;
        else
            p->doc->values[parent].first = child;
        last = child;
        p->doc->values[parent].count++;
        skip_space(p);
        if (take(p, close))
            return 1;
        if (!take(p, ','))
            return wrong(p, "a comma or a closing bracket was expected");
    }
}

static int value(parser *p, uint32_t index, uint32_t depth)
{
    json_value *v = &p->doc->values[index];
    char c = p->at < p->end ? *p->at : 0;
    switch (c) {
    case '{':
        v->kind = JSON_OBJECT;
        return children(p, index, depth, '}');
    case '[':
        v->kind = JSON_ARRAY;
        return children(p, index, depth, ']');
    case '"':
        v->kind = JSON_STRING;
        return string(p, &v->text);
    case 't':
        v->kind = JSON_TRUE;
        return word(p, "true");
    case 'f':
        v->kind = JSON_FALSE;
        return word(p, "false");
    case 'n':
        v->kind = JSON_NULL;
        return word(p, "null");
    default:
        v->kind = JSON_NUMBER;
        return number(p, &v->number);
    }
}

int json_parse(json *doc, const char *text, size_t n)
{
    uint32_t root;
    memset(doc, 0, sizeof *doc);
    doc->line = 1;
    parser p = {doc, text, text + n, 0};
    if (n > JSON_MAX_BYTES)
        return wrong(&p, "longer than 1 MB");
    p.out = doc->text = malloc(n + 1);
    if (!p.out)
        return wrong(&p, "out of memory");
    skip_space(&p);
    if (!add_value(&p, &root) || !value(&p, root, 0))
        return 0;
    skip_space(&p);
    return p.at == p.end ? 1 : wrong(&p, "text after the end");
}

void json_free(json *doc)
{
    free(doc->values);
    free(doc->text);
    memset(doc, 0, sizeof *doc);
}

const json_value *json_first(const json *doc, const json_value *container)
{
    return container && container->first ? &doc->values[container->first] : 0;
}

const json_value *json_next(const json *doc, const json_value *value)
{
    return value->next ? &doc->values[value->next] : 0;
}

const json_value *json_member(const json *doc, const json_value *object, const char *name)
{
    if (!object || object->kind != JSON_OBJECT)
        return 0;
    for (const json_value *m = json_first(doc, object); m; m = json_next(doc, m))
        if (strcmp(m->name, name) == 0)
            return m;
    return 0;
}
