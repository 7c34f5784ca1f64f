#include <tern/link.h>

void tern_link_close(struct tern_link *l)
{
    if (l) l->ops->close(l);
}
