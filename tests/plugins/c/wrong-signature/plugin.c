/* Watches traffic, with exports in the manner of other plugin systems.
 *
 * The mistake: input as pointer and length, output packed into 64 bits. Extism calls functions
 * without parameters, and takes an export of another type for no export at all.
 */
#include "plugin.h"

IDENTITY("wrong-signature", "0.1.0");

static char buffer[4096];

static u64 packed(const char *bytes) {
    unsigned length = 0;
    while (bytes[length] != '\0') {
        length++;
    }
    return (u64)(__UINTPTR_TYPE__)bytes << 32 | length;
}

EXPORT(cc_lb_alloc) char *allocate(unsigned length) {
    return length <= sizeof buffer ? buffer : 0;
}

EXPORT(cc_lb_handshake) u64 handshake(const char *offer, unsigned length) {
    (void)offer, (void)length;
    return packed(ACCEPT("observe"));
}

EXPORT(observe) u64 observe(const char *events, unsigned length) {
    (void)events, (void)length;
    return packed("{\"_v\":1}");
}

EXPORT(cc_lb_self_check) u64 self_check(const char *request, unsigned length) {
    (void)request, (void)length;
    return packed("{\"status\":\"success\",\"failures\":[],\"completed_at\":1}");
}
