/* Watches traffic.
 *
 * The mistake: the self-check answers a human. The host wants a SelfCheckResponse in JSON.
 */
#include "plugin.h"

IDENTITY("text-output", "0.1.0");

EXPORT(cc_lb_handshake) int handshake(void) {
    send_literal(ACCEPT("observe"));
    return 0;
}

EXPORT(observe) int observe(void) {
    send_literal("{\"_v\":1}");
    return 0;
}

EXPORT(cc_lb_self_check) int self_check(void) {
    send_literal("OK: observe is ready\n");
    return 0;
}
