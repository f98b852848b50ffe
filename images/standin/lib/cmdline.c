#include "cmdline.h"

// Consecutive words, each with its NUL; an empty word ends the list.
static char words[CMDLINE_MAX + 2];
static size_t used;

void cmdline_add(const char* text, size_t size) {
    for (size_t i = 0; i < size && text[i] != '\0' && used < CMDLINE_MAX; i++) {
        char c = text[i];
        if (c != ' ' && c != '\n' && c != '\t') {
            words[used++] = c;
        } else if (used > 0 && words[used - 1] != '\0') {
            words[used++] = '\0';
        }
    }
    if (used > 0 && words[used - 1] != '\0') {
        words[used++] = '\0';
    }
    words[used] = '\0';
}

const char* cmdline_next(const char* previous) {
    const char* word = previous == NULL ? words : previous + strlen(previous) + 1;
    return *word == '\0' ? NULL : word;
}

bool starts_with(const char* word, const char* prefix) {
    size_t size = strlen(prefix);
    return strlen(word) >= size && memcmp(word, prefix, size) == 0;
}

const char* cmdline_get(const char* key) {
    const char* found = NULL;
    for (const char* word = cmdline_next(NULL); word != NULL; word = cmdline_next(word)) {
        if (starts_with(word, key)) {
            const char* rest = word + strlen(key);
            found = *rest == '=' ? rest + 1 : *rest == '\0' ? rest : found;
        }
    }
    return found;
}
