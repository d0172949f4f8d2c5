/* Watches traffic, and reports its limits in French.
 *
 * The mistake: messages are cut at a number of bytes. This one ends in the middle of an `é`, and the
 * host reads nothing that is not UTF-8.
 */
#include "plugin.h"

IDENTITY("invalid-utf8-output", "0.1.0");

#define MESSAGE_MAX 40

static void add_message(struct text *text, const char *message) {
    unsigned start = text->length;
    add(text, message);
    if (text->length - start > MESSAGE_MAX) {
        text->length = start + MESSAGE_MAX;
    }
}

EXPORT(cc_lb_handshake) int handshake(void) {
    send_literal(ACCEPT("observe"));
    return 0;
}

EXPORT(observe) int observe(void) {
    send_literal("{\"_v\":1}");
    return 0;
}

EXPORT(cc_lb_self_check) int self_check(void) {
    struct text response = {.length = 0};
    add(&response, "{\"status\":\"failure\",\"failures\":[{\"stage\":\"wire_function_test\",\"message\":\"");
    add_message(&response, "observe : la somme des jetons a dépassé ce que ce greffon sait compter");
    add(&response, "\"}],\"completed_at\":");
    add_initiated_at(&response);
    add(&response, "}");
    send(&response);
    return 0;
}
