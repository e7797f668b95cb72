#ifndef KEEP_LOOP
{% include "templates/loops.c" %}
#endif

/* Rows of one input into rows of the output, which are longer. */
static void join(const int8_t *in, int8_t *out, int32_t rows, int32_t length, int32_t whole)
{
    for (; rows > 0; rows--, in += length, out += whole)
        for (int32_t i = 0; i < length; i++) {
            out[i] = in[i];
            KEEP_LOOP;
        }
}
