/* Calls port 7007 of the kernel at 192.0.2.1 some times, one after the other, and has a text echoed, backwards: with Fast Open
 * ("fast"), with MD5 signatures ("md5=KEY"), or both. A line for each: "ok", or what failed, and "fast" when the SYN's data was
 * taken. Each step is waited for as long as said. Usage: options-client SECONDS TIMES WORD... */
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tern/sock.h>

static const struct sockaddr_in *server(void)
{
    static struct sockaddr_in to = {.sin_family = AF_INET};
    to.sin_port = htons(7007);
    inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
    return &to;
}

static bool asked_for(int fd, const char *word)
{
    int on = 1;
    if (!strcmp(word, "fast")) return !tern_setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on);
    struct tcp_md5sig md5 = {.tcpm_keylen = (uint16_t)strlen(word + 4)};
    memcpy(&md5.tcpm_addr, server(), sizeof *server());
    memcpy(md5.tcpm_key, word + 4, md5.tcpm_keylen);
    return !strncmp(word, "md5=", 4) && !tern_setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &md5, sizeof md5);
}

/* What failed; NULL: nothing. */
static const char *talk(int fd, struct timeval patience, char **words)
{
    char text[600], back[600];
    size_t got = 0;
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)('a' + i % 26);
    tern_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    tern_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (; *words; words++)
        if (!asked_for(fd, *words)) return "setsockopt";
    if (tern_connect(fd, (const struct sockaddr *)server(), sizeof *server()) < 0) return "connect";
    if (tern_send(fd, text, sizeof text, MSG_NOSIGNAL) != (ssize_t)sizeof text) return "send";
    tern_shutdown(fd, SHUT_WR);
    for (ssize_t n; got < sizeof back && (n = tern_recv(fd, back + got, sizeof back - got, 0)) > 0;) got += (size_t)n;
    if (got < sizeof back) return "recv";
    for (size_t i = 0; i < sizeof text; i++)
        if (back[i] != text[sizeof text - 1 - i]) return "the text";
    return NULL;
}

int main(int argc, char **argv)
{
    char err[200];
    struct tern_tun_config tun = {.name = "tern1", .up = true, .prefix_len = {24}, .peer_n = 1};
    struct tern_if_config nic = {.prefix_len = {24}, .addr_n = 1};
    if (argc < 3) return 2;
    tern_addr_parse("192.0.2.2", &nic.addr[0]);
    tern_addr_parse("192.0.2.1", &tun.peer[0]);
    struct tern_link *link = tern_tun_open(&tun, err, sizeof err);
    if (!link) return fprintf(stderr, "options-client: %s\n", err), 1;
    struct tern_net *net = tern_net_new(&(struct tern_net_config){.thread = true});
    if (!net || tern_net_add_link(net, link, &nic) < 0) return perror("options-client"), 1;
    for (int times = atoi(argv[2]); times > 0; times--) {
        int fd = tern_socket(net, AF_INET, SOCK_STREAM, 0);
        const char *failed = talk(fd, (struct timeval){.tv_sec = atoi(argv[1])}, argv + 3);
        struct tcp_info info = {0};
        socklen_t len = sizeof info;
        tern_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
        printf("%s%s\n", failed ? failed : "ok", info.tcpi_options & TCPI_OPT_SYN_DATA ? " fast" : "");
        tern_close(fd);
    }
    tern_net_free(net);
    return 0;
}
