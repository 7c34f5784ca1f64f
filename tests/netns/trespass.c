/* Preloaded into a tern by tests/netns/jail.sh: SIGUSR1 makes it do what
 * somebody would who had got hold of it. TRESPASS says what.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static char what[32];

static void trespass(int number)
{
    static char path[] = "/bin/true";
    static char *argv[] = {path, NULL};
    (void)number;
    if (strcmp(what, "execve") == 0) execve(path, argv, argv + 1);
    if (strcmp(what, "open") == 0) open("/etc/passwd", O_RDONLY);
    if (strcmp(what, "create") == 0) open("/tmp/tern-trespass", O_WRONLY | O_CREAT, 0600);
    if (strcmp(what, "unlink") == 0) unlink("/tmp/tern-trespass");
    if (strcmp(what, "socket") == 0) socket(AF_UNIX, SOCK_STREAM, 0);
    if (strcmp(what, "fork") == 0) syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (strcmp(what, "kill") == 0) kill(getppid(), 0);
    if (strcmp(what, "ptrace") == 0) ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    if (strcmp(what, "setns") == 0) syscall(SYS_setns, -1, 0);
    if (strcmp(what, "code") == 0) mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (strcmp(what, "getpid") == 0) getpid(); /* what remains */
}

static void __attribute__((constructor)) begin(void)
{
    const char *text = getenv("TRESPASS");
    if (!text) return;
    strncat(what, text, sizeof what - 1);
    signal(SIGUSR1, trespass);
}
