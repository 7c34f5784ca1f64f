/* `tern explain --all --html DIR`: the book, a file each page. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "book.h"
#include "cli_explain.h"
#include "words.h"

static const char explain_name[] = "explain";

/* Stands in each directory that holds a book: only such a one, or an empty one, is written into. */
static const char marker[] = ".tern-book";

/* A file of the directory, made anew; a link that somebody put there is not followed. */
static FILE *create(int dir, const char *name)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f && fd >= 0) close(fd);
    return f;
}

static bool is_empty(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    bool empty = list != NULL;
    for (struct dirent *e; empty && (e = readdir(list)) != NULL;)
        empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    if (list)
        closedir(list);
    else if (fd >= 0)
        close(fd);
    return empty;
}

/* Opens the directory, which is made when it is missing. -1: |*dir| is open; otherwise the exit status, after the complaint. */
static int open_directory(const char *path, int *dir)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return cli_fail(explain_name, "cannot make the directory %s: %s", path, strerror(errno));
    *dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*dir < 0) return cli_fail(explain_name, "cannot open the directory %s: %s", path, strerror(errno));
    int status = -1;
    if (faccessat(*dir, marker, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && !is_empty(*dir)) {
        status =
            cli_fail(explain_name, "%s holds other files, and no book of tern's: an empty or a new directory is wanted", path);
    } else {
        FILE *f = create(*dir, marker);
        if (!f || fclose(f) != 0) status = cli_fail(explain_name, "cannot write into %s: %s", path, strerror(errno));
    }
    if (status >= 0) close(*dir);
    return status;
}

/* -1: written; otherwise the exit status, after the complaint. */
static int write_file(const struct book *b, size_t i, int dir, const char *path, bool *right)
{
    FILE *f = create(dir, book_file(b, i));
    if (!f) return cli_fail(explain_name, "cannot write %s/%s: %s", path, book_file(b, i), strerror(errno));
    struct tern_out out = {tern_put_file, f};
    int err = book_write(b, i, &out, right);
    if (fclose(f) != 0 && err == 0) err = TERN_ERR_IO;
    if (err == 0) return -1;
    return cli_fail(explain_name, "cannot write %s/%s: %s", path, book_file(b, i),
                    err == TERN_ERR_IO ? strerror(errno) : words(tern_strerror(err)));
}

/* One line, over and over. */
static void show_progress(size_t i, size_t n)
{
    fputs("\r\033[K", stderr);
    if (i <= n) fprintf(stderr, _("file %zu of %zu"), i, n);
    fflush(stderr);
}

static int write_all(const struct book *b, int dir, const char *path)
{
    bool shown = isatty(STDERR_FILENO) == 1;
    size_t n = book_file_n(b), wrong = 0;
    int status = -1;
    for (size_t i = 0; i < n && status < 0; i++) {
        bool right = true;
        if (shown) show_progress(i + 1, n);
        status = write_file(b, i, dir, path, &right);
        if (!right && status < 0) cli_fail(explain_name, "a lesson did not end right: see %s/%s", path, book_file(b, i));
        wrong += !right;
    }
    if (shown) show_progress(n + 1, n);
    if (status >= 0) return status;
    printf(_("%zu files in %s; begin with %s/index.html"), n, path, path);
    putchar('\n');
    return wrong ? CLI_SHORT : CLI_DONE;
}

int explain_book(const char *path)
{
    int dir = -1, status = open_directory(path, &dir);
    if (status >= 0) return status;
    struct book *b = book_new();
    status = b ? write_all(b, dir, path) : cli_fail(explain_name, "no memory");
    book_free(b);
    close(dir);
    return status;
}
