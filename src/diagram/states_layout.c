/* A program of the build: the state diagram in the language that is its argument, for Graphviz, which gives each state its place
 * and each arrow its course. */
#include "states.h"
#include "words.h"

int main(int argc, char **argv)
{
    if (argc != 2 || !words_choose(argv[1])) return 2;
    states_dot(stdout, NULL, NULL);
    return fflush(stdout) == 0 ? 0 : 1;
}
