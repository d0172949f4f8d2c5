/* Counts batches of events; a plugin in C without any library. */
#include "plugin.h"

IDENTITY("observe-c", "1.0.0");

static unsigned batches;

EXPORT(cc_lb_handshake) int handshake(void) {
    send_literal(ACCEPT("observe"));
    return 0;
}

EXPORT(observe) int observe(void) {
    batches++;
    send_literal("{\"_v\":1}");
    return 0;
}

EXPORT(cc_lb_self_check) int self_check(void) {
    struct text response = {.length = 0};
    add(&response, "{\"status\":\"success\",\"failures\":[],\"completed_at\":");
    add_initiated_at(&response);
    add(&response, "}");
    send(&response);
    return 0;
}
