/* Prints doc/options.md: the table of socket options, as the code has it. tests/house/options.sh compares the two. */
#include <stdio.h>
#include <string.h>

#include "sock.h"

static const char *ways(const struct sock_option_info *o)
{
    return o->get && o->set ? "get, set" : o->get ? "get" : o->set ? "set" : "ENOPROTOOPT";
}

static void table_of(const char *level)
{
    const struct sock_option_info *o;
    printf("\n## %s\n\n| option | | what it does here |\n|---|---|---|\n", level);
    for (size_t i = 0; (o = sock_option_info(i)) != NULL; i++)
        if (!strcmp(o->level, level)) printf("| %s | %s | %s |\n", o->name, ways(o), o->text);
}

int main(void)
{
    static const char *const level[] = {"SOL_SOCKET", "SOL_TCP", "SOL_IP", "SOL_IPV6", "SOL_TERN"};
    const struct sock_info_note *n;
    printf("# Socket options\n\n"
           "Made from the code's own table (`src/sock/options.c`) by `tests/house/make_options.c`; do not edit.\n\n"
           "Names, values, ranges and errors are Linux's; where tern differs the row says how (SOL_TERN is its own). An option "
           "that is not here fails "
           "with\n"
           "ENOPROTOOPT, and so does one whose row says so: nothing is accepted and ignored. Options set before there is a\n"
           "connection are the connection's, those of a listener its connections', and they outlive a disconnection.\n");
    for (size_t i = 0; i < sizeof level / sizeof level[0]; i++) table_of(level[i]);
    printf("\n## struct tcp_info\n\nFilled as by Linux, member by member, but for these:\n\n| member | here |\n|---|---|\n");
    for (size_t i = 0; (n = sock_info_note(i)) != NULL; i++) printf("| %s | %s |\n", n->field, n->text);
    return 0;
}
