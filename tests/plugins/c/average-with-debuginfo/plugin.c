/* Observes how large batches are on average.
 *
 * The mistake: before the first batch there is nothing to divide by, and the self-check asks for the
 * average before there is a batch. Compiled with -g, so that a backtrace can say where. */
#include "plugin.h"

IDENTITY("average-with-debuginfo", "1.0.0");

static unsigned batches;
static unsigned events;

static unsigned average(void) {
    return events / batches;
}

EXPORT(cc_lb_handshake) int handshake(void) {
    send_literal(ACCEPT("observe"));
    return 0;
}

EXPORT(observe) int observe(void) {
    batches++;
    events += (unsigned)input_length();
    send_literal("{\"_v\":1}");
    return 0;
}

EXPORT(cc_lb_self_check) int self_check(void) {
    struct text response = {.length = 0};
    if (average() > 1000) {
        return 1;
    }
    add(&response, "{\"status\":\"success\",\"failures\":[],\"completed_at\":");
    add_initiated_at(&response);
    add(&response, "}");
    send(&response);
    return 0;
}
