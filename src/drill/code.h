/* %{ ... }%: the Python fragments of scripts, read and run.
 *
 * packetdrill writes them into a Python program, with tcp_info's members as variables, and runs that after the script. tern reads
 * the part of Python that such fragments use, and evaluates it at the event's own time, by itself:
 *
 *   assert test            assert test, message        name = value      name += value (-= *= //= %= |= &= ^= <<= >>=)
 *   print(...)             an expression by itself     pass              statements end with a line, or with ;
 *   or and not  < <= > >= == != in is (chained: a <= b <= c)  | ^ & << >> + - * / // % **  unary - + ~  x if test else y
 *   integers 12 0x1f 0b1 0o7 1_000, floats, 'text' "text", (a, b), [a, b], True False None, names, # comments, \ at a line's end
 *   min max abs int float len bool round str, and 'cwnd=%d' % value, '%d %s' % (a, b)
 *
 * Why not an embedded interpreter: none of the 304 fragments of google's suite and the 55 of FreeBSD's needs more; CPython as a
 * library has one lock for all scripts that run in parallel, costs 30 MB, and lets a script's author run anything, where the rest
 * of `tern drill` touches nothing of the machine. Whatever is not understood (if, for, def, import, a method) is an error with
 * its place when the script is read, an unknown name or function when it runs: nothing is skipped.
 *
 * Numbers are integers of 64 bits; what does not fit is an error, not a wrong number. */
#ifndef DRILL_CODE_H
#define DRILL_CODE_H

#include "script.h"
#include "symbols.h"

/* Variables that fragments assigned: one set for a run of a script. */
struct code_variables;
struct code_variables *code_variables_new(void); /* NULL: no memory */
void code_variables_free(struct code_variables *v);

/* What a fragment may ask for. */
struct code_environment {
    enum script_dialect dialect;
    struct code_variables *variables;
    void *ctx;
    /* The value of tcp_info's member |name| ("tcpi_snd_cwnd") now. False: there is no such member. Asked before the variables and
     * script_symbol(). */
    bool (*value)(void *ctx, const char *name, int64_t *number);
    /* What print() prints, without the line's end. */
    void (*print)(void *ctx, const char *text);
};

enum code_result {
    CODE_DONE,
    CODE_FAILED, /* an assertion does not hold: |err| has its place and width, and in its message the test, its values, its text
                  */
    CODE_ERROR,  /* an unknown name, a division by zero, a sum beyond 64 bits ... */
};

enum code_result code_run(const struct script *s, const struct script_code *code, const struct code_environment *env,
                          struct script_error *err);

#endif
