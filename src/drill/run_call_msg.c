/* sendmsg() and recvmsg(), their control messages: what the script wrote as the kernel's bytes, and the comparison. */
#include "run_call_msg.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "words.h"

enum { CONTROL_MAX = 4096 };

/* ---- as the kernel would write it ---- */

static bool extended_error(struct run *r, const struct script_expr *e, struct sock_extended_err *out)
{
    int64_t n[6];
    static const char *const names[] = {"ee_errno", "ee_origin", "ee_type", "ee_code", "ee_info", "ee_data", NULL};
    if (!struct_has_only(r, e, names)) return false;
    for (int i = 0; i < 6; i++)
        if (!member_number(r, e, names[i], 0, &n[i])) return false;
    *out = (struct sock_extended_err){.ee_errno = (uint32_t)n[0],
                                      .ee_origin = (uint8_t)n[1],
                                      .ee_type = (uint8_t)n[2],
                                      .ee_code = (uint8_t)n[3],
                                      .ee_info = (uint32_t)n[4],
                                      .ee_data = (uint32_t)n[5]};
    return true;
}

static bool stamps(struct run *r, const struct script_expr *e, struct scm_timestamping *out)
{
    static const char *const names[] = {"scm_sec", "scm_nsec", NULL};
    int64_t sec, nsec;
    if (!struct_has_only(r, e, names) || !member_number(r, e, "scm_sec", 0, &sec) || !member_number(r, e, "scm_nsec", 0, &nsec))
        return false;
    memset(out, 0, sizeof *out);
    out->ts[0].tv_sec = sec;
    out->ts[0].tv_nsec = nsec;
    return true;
}

/* The contents of a control message into |out|; their length, 0: failed. */
static size_t contents(struct run *r, const struct script_expr *e, int64_t level, uint8_t *out)
{
    int64_t number;
    if (script_member(e, "scm_sec")) {
        struct scm_timestamping s;
        if (!stamps(r, e, &s)) return 0;
        memcpy(out, &s, sizeof s);
        return sizeof s;
    }
    if (script_member(e, "ee_errno")) {
        struct sock_extended_err ee;
        if (!extended_error(r, e, &ee)) return 0;
        memcpy(out, &ee, sizeof ee);
        return sizeof ee + (level == IPPROTO_IP ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    }
    if (!expr_number(r, e, &number)) return 0;
    int n = (int)number;
    memcpy(out, &n, sizeof n);
    return sizeof n;
}

/* The script's msg_control as bytes in |out|, of CONTROL_MAX. -1: failed. */
static long control_bytes(struct run *r, const struct script_expr *list, uint8_t *out)
{
    static const char *const names[] = {"cmsg_level", "cmsg_type", "cmsg_data", NULL};
    size_t at = 0;
    if (list->kind != EXPR_LIST) {
        expr_wrong(r, list, _("A list of control messages is expected here."));
        return -1;
    }
    for (size_t i = 0; i < list->items_n; i++) {
        const struct script_expr *e = list->items[i], *data = script_member(e, "cmsg_data");
        int64_t level, type;
        uint8_t bytes[512] = {0};
        if (!struct_has_only(r, e, names) || !member_number(r, e, "cmsg_level", 0, &level) ||
            !member_number(r, e, "cmsg_type", 0, &type))
            return -1;
        if (!data) {
            expr_wrong(r, e, _("The control message has no cmsg_data."));
            return -1;
        }
        size_t len = contents(r, data, level, bytes);
        if (!len) return -1;
        if (at + CMSG_SPACE(len) > CONTROL_MAX) {
            expr_wrong(r, e, _("There is no room for so many control messages."));
            return -1;
        }
        struct cmsghdr h = {.cmsg_len = CMSG_LEN(len), .cmsg_level = (int)level, .cmsg_type = (int)type};
        memset(out + at, 0, CMSG_SPACE(len));
        memcpy(out + at, &h, sizeof h);
        memcpy(out + at + CMSG_LEN(0), bytes, len);
        at += CMSG_SPACE(len);
    }
    return (long)at;
}

/* ---- comparison ---- */

static bool wrong(struct run *r, const struct call *c, size_t i, const char *what, int64_t want, int64_t got)
{
    run_differs(r, RUN_CALL_END, c->ev->at, _("Control message %zu: %s is %lld, the script expects %lld."), i + 1, what,
                (long long)got, (long long)want);
    return false;
}

static bool same_error(struct run *r, const struct call *c, size_t i, const uint8_t *want, const uint8_t *got)
{
    struct sock_extended_err w, g;
    memcpy(&w, want, sizeof w);
    memcpy(&g, got, sizeof g);
    if (w.ee_errno != g.ee_errno) return wrong(r, c, i, "ee_errno", w.ee_errno, g.ee_errno);
    if (w.ee_origin != g.ee_origin) return wrong(r, c, i, "ee_origin", w.ee_origin, g.ee_origin);
    if (w.ee_type != g.ee_type) return wrong(r, c, i, "ee_type", w.ee_type, g.ee_type);
    if (w.ee_code != g.ee_code) return wrong(r, c, i, "ee_code", w.ee_code, g.ee_code);
    if (w.ee_info != g.ee_info) return wrong(r, c, i, "ee_info", w.ee_info, g.ee_info);
    return w.ee_data == g.ee_data || wrong(r, c, i, "ee_data", w.ee_data, g.ee_data);
}

/* The script's count from its beginning; 0 is not looked at. */
static bool same_stamps(struct run *r, const struct call *c, size_t i, const uint8_t *want, const uint8_t *got)
{
    struct scm_timestamping w, g;
    memcpy(&w, want, sizeof w);
    memcpy(&g, got, sizeof g);
    for (int k = 0; k < 3; k++) {
        if (!w.ts[k].tv_sec && !w.ts[k].tv_nsec) continue;
        int64_t at = (g.ts[k].tv_sec * (int64_t)TERN_SEC + g.ts[k].tv_nsec) - (int64_t)RUN_EPOCH;
        int64_t due = w.ts[k].tv_sec * (int64_t)TERN_SEC + w.ts[k].tv_nsec;
        if (llabs(at - due) > (int64_t)r->tolerance) return wrong(r, c, i, "scm_nsec", due, at);
    }
    return true;
}

static bool same_contents(struct run *r, const struct call *c, size_t i, const struct cmsghdr *h, const uint8_t *want,
                          const uint8_t *got)
{
    bool error = (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_RECVERR) ||
                 (h->cmsg_level == IPPROTO_IPV6 && h->cmsg_type == IPV6_RECVERR);
    if (error) return same_error(r, c, i, want, got);
    if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_TIMESTAMPING) return same_stamps(r, c, i, want, got);
    if (memcmp(want, got, h->cmsg_len - CMSG_LEN(0)) == 0) return true;
    int w = 0, g = 0;
    memcpy(&w, want, sizeof w);
    memcpy(&g, got, sizeof g);
    return wrong(r, c, i, "cmsg_data", w, g);
}

static bool same_header(struct run *r, const struct call *c, size_t i, const struct cmsghdr *want, const struct cmsghdr *got)
{
    if (want->cmsg_level != got->cmsg_level) return wrong(r, c, i, "cmsg_level", want->cmsg_level, got->cmsg_level);
    if (want->cmsg_type != got->cmsg_type) return wrong(r, c, i, "cmsg_type", want->cmsg_type, got->cmsg_type);
    return want->cmsg_len == got->cmsg_len || wrong(r, c, i, "cmsg_len", (int64_t)want->cmsg_len, (int64_t)got->cmsg_len);
}

static void compare_control(struct run *r, const struct call *c, const uint8_t *want, size_t want_len)
{
    const uint8_t *got = c->msg.msg_control;
    size_t got_len = got ? c->msg.msg_controllen : 0, i = 0;
    for (size_t w = 0, g = 0;; i++) {
        struct cmsghdr wh, gh;
        bool more_w = w + sizeof wh <= want_len, more_g = g + sizeof gh <= got_len;
        if (!more_w && !more_g) return;
        if (more_w != more_g) {
            run_differs(r, RUN_CALL_END, c->ev->at,
                        more_w ? _("Control messages: %zu came, the script expects more.")
                               : _("Control messages: the script expects %zu, more came."),
                        i);
            return;
        }
        memcpy(&wh, want + w, sizeof wh);
        memcpy(&gh, got + g, sizeof gh);
        if (!same_header(r, c, i, &wh, &gh)) return;
        if (!same_contents(r, c, i, &wh, want + w + CMSG_LEN(0), got + g + CMSG_LEN(0))) return;
        w += CMSG_ALIGN(wh.cmsg_len);
        g += CMSG_ALIGN(gh.cmsg_len);
    }
}

/* ---- the calls ---- */

static bool read_header(struct run *r, struct call *c, const struct script_expr *m)
{
    static const char *const names[] = {"msg_name", "msg_iov", "msg_flags", "msg_control", NULL};
    int64_t n;
    const struct script_expr *iov = script_member(m, "msg_iov");
    if (m->kind != EXPR_STRUCT) return expr_wrong(r, m, _("A struct msghdr is expected here."));
    if (!struct_has_only(r, m, names)) return false;
    if (iov && !data_vector(r, c, iov)) return false;
    if (iov && iov->size) {
        if (!expr_number(r, iov->size, &n)) return false;
        if (n != (int64_t)c->msg.msg_iovlen) return expr_wrong(r, iov->size, _("This is not the number of the buffers."));
    }
    return true;
}

bool msg_read_send(struct run *r, struct call *c)
{
    const struct script_expr *m = arg_of(c, 1);
    const struct script_expr *control = script_member(m, "msg_control"), *name = script_member(m, "msg_name");
    c->attempt = data_send;
    if (!arg_fd(r, c, 0) || !read_header(r, c, m) || !arg_number(r, c, 2, &c->arg[0])) return false;
    if (name) {
        if (!expr_address(r, c, name, name->size, &r->remote_ip, r->connect_port)) return false;
        call_connects(r, c);
        c->msg.msg_name = &c->addr;
        c->msg.msg_namelen = c->addr_len;
    }
    if (!control) return true;
    uint8_t *bytes = c->control = calloc(1, CONTROL_MAX);
    long len = bytes ? control_bytes(r, control, bytes) : -1;
    if (len < 0) return false;
    c->msg.msg_control = bytes;
    c->msg.msg_controllen = (size_t)len;
    return true;
}

static int64_t do_receive(struct run *r, struct call *c)
{
    c->msg.msg_control = c->control;
    c->msg.msg_controllen = c->control_cap;
    return data_receive(r, c);
}

static void check_received(struct run *r, struct call *c)
{
    const struct script_expr *m = arg_of(c, 1), *control = script_member(m, "msg_control");
    int64_t flags;
    uint8_t want[CONTROL_MAX] = {0};
    if (c->result < 0 || !member_number(r, m, "msg_flags", 0, &flags)) return;
    if (flags != c->msg.msg_flags) {
        run_differs(r, RUN_CALL_END, c->ev->at, _("msg_flags is 0x%x, the script expects 0x%x."), (unsigned)c->msg.msg_flags,
                    (unsigned)flags);
        return;
    }
    long len = control ? control_bytes(r, control, want) : 0;
    if (len >= 0) compare_control(r, c, want, (size_t)len);
}

bool msg_read_receive(struct run *r, struct call *c)
{
    const struct script_expr *m = arg_of(c, 1), *control = script_member(m, "msg_control"), *name = script_member(m, "msg_name");
    uint8_t want[CONTROL_MAX] = {0};
    c->attempt = do_receive;
    c->check = check_received;
    if (!arg_fd(r, c, 0) || !read_header(r, c, m) || !arg_number(r, c, 2, &c->arg[0])) return false;
    if (name) {
        if (name->kind != EXPR_ELLIPSIS) return expr_wrong(r, name, _("... or NULL is expected here."));
        c->msg.msg_name = &c->addr;
        c->msg.msg_namelen = sizeof c->addr;
    }
    if (!control) return true;
    long len = control_bytes(r, control, want); /* as much room as the script has use for */
    if (len < 0) return false;
    c->control = calloc(1, (size_t)len + 1);
    c->control_cap = (size_t)len;
    return c->control != NULL;
}
