/* The functions on zero-terminated texts that the compiler's module uses. */
#include <string.h>

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n && *a && *a == *b; n--) {
        a++;
        b++;
    }
    return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

size_t strcspn(const char *text, const char *stops)
{
    size_t n = 0;
    for (; text[n]; n++)
        for (const char *s = stops; *s; s++)
            if (text[n] == *s)
                return n;
    return n;
}

char *strchr(const char *text, int character)
{
    for (;; text++) {
        if (*text == (char)character)
            return (char *)text;
        if (!*text)
            return 0;
    }
}

char *strcat(char *to, const char *from)
{
    char *end = to + strlen(to);
    while ((*end++ = *from++))
        ;
    return to;
}
