/* In place of libFuzzer: takes each input of the folders and files that are named, once. For builds by any compiler, for machines
 * under emulation, and for figures of what a corpus reaches. TAP: one line. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

enum { PATH_LEN = 4096, INPUT_MAX = 1 << 20 };

static unsigned long inputs_n;

static void take_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_MAX);
    if (!f || !data) {
        perror(path);
        exit(1);
    }
    size_t len = fread(data, 1, INPUT_MAX, f);
    fclose(f);
    uint8_t *exact = realloc(data, len ? len : 1); /* a sanitizer sees each byte read beyond */
    (void)LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    inputs_n++;
}

static void take(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        perror(path);
        exit(1);
    }
    if (!S_ISDIR(st.st_mode)) {
        take_file(path);
        return;
    }
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char file[PATH_LEN];
        snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.') take_file(file);
        free(names[i]);
    }
    if (n >= 0) free(names);
}

int main(int argc, char **argv)
{
    if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) take(argv[i]);
    printf("1..1\n%sok 1 - %lu inputs\n", inputs_n ? "" : "not ", inputs_n);
    return !inputs_n;
}
