/* Counts batches of events.
 *
 * The mistake: functions answer `true` when all went well. To the host, any code but 0 is a failure,
 * and the right response that was set is not looked at.
 */
#include <stdbool.h>

#include "plugin.h"

IDENTITY("nonzero-exit", "0.3.1");

static unsigned batches;

EXPORT(cc_lb_handshake) bool handshake(void) {
    send_literal(ACCEPT("observe"));
    return true;
}

EXPORT(observe) bool observe(void) {
    batches++;
    send_literal("{\"_v\":1}");
    return true;
}

EXPORT(cc_lb_self_check) bool self_check(void) {
    struct text response = {.length = 0};
    add(&response, "{\"status\":\"success\",\"failures\":[],\"completed_at\":");
    add_initiated_at(&response);
    add(&response, "}");
    send(&response);
    return true;
}
