/* What a plugin in C needs of Extism and cc-lb: no libc, no pdk. */
#ifndef PLUGIN_H
#define PLUGIN_H

typedef __UINT64_TYPE__ u64;
typedef __UINT8_TYPE__ u8;

#define HOST(name) __attribute__((import_module("extism:host/env"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name)))

HOST(input_length) u64 input_length(void);
HOST(input_load_u8) u8 input_load_u8(u64 offset);
HOST(alloc) u64 host_alloc(u64 length);
HOST(store_u8) void store_u8(u64 offset, u8 byte);
HOST(output_set) void output_set(u64 offset, u64 length);

/* The section that a host reads before it runs anything. */
#define IDENTITY(name, version)                                                                    \
    __asm__(".section .custom_section.cc_lb.plugin.v1,\"\",@\n"                                    \
            ".ascii \"{\\\"magic\\\":[204,27,112,16,0,1,0,0],\\\"abi_envelope\\\":1,\"\n"          \
            ".ascii \"\\\"plugin_name\\\":\\\"" name "\\\",\"\n"                                   \
            ".ascii \"\\\"plugin_version\\\":\\\"" version "\\\"}\"\n"                             \
            ".text\n")

/* The answer to every offer: one function, in its first version. */
#define ACCEPT(function)                                                                           \
    "{\"handshake_schema_version\":1,\"envelope_version\":1,"                                      \
    "\"chosen_versions\":{\"" function "\":1},\"plugin_supported\":{\"" function "\":[1]},"        \
    "\"implemented_functions\":[\"" function "\"],\"required_capabilities\":[]}"

struct text {
    char bytes[512];
    unsigned length;
};

static inline void add(struct text *text, const char *more) {
    while (*more != '\0' && text->length < sizeof text->bytes) {
        text->bytes[text->length++] = *more++;
    }
}

static inline void send(const struct text *text) {
    u64 offset = host_alloc(text->length);
    for (unsigned index = 0; index < text->length; index++) {
        store_u8(offset + index, (u8)text->bytes[index]);
    }
    output_set(offset, text->length);
}

static inline void send_literal(const char *literal) {
    struct text text = {.length = 0};
    add(&text, literal);
    send(&text);
}

/* Adds the digits that follow `"initiated_at":` in the input, which is the host's own time. */
static inline void add_initiated_at(struct text *text) {
    static const char key[] = "\"initiated_at\":";
    u64 length = input_length();
    unsigned matched = 0;
    for (u64 offset = 0; offset < length; offset++) {
        char byte = (char)input_load_u8(offset);
        if (matched == sizeof key - 1) {
            if (byte < '0' || byte > '9') {
                return;
            }
            char digit[2] = {byte, '\0'};
            add(text, digit);
        } else {
            matched = byte == key[matched] ? matched + 1 : byte == key[0];
        }
    }
}

#endif
