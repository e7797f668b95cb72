{% from "templates/dot.c" import dot, ends, fetch, first_row, narrow, sums, times with context %}

{% macro shared() %}
{% endmacro %}

{% macro kernel(kernel) %}
{% set encoding = kernel.encoding %}
{% if encoding == "rows" %}
/* Four rows at once, so that an input is fetched once for all of them; the rows that are left, one by one. */
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out)
{
    const int8_t *w = l->values;
    const int32_t columns = l->columns;
    {{ ends() | trim | indent }}
    int32_t c = 0;
    for (; c + 4 <= l->rows; c += 4, w += 4 * columns) {
        const int8_t *x = in, *w0 = w, *w2 = w + 2 * columns;
        int32_t n = columns, acc0 = l->bias[c], acc1 = l->bias[c + 1], acc2 = l->bias[c + 2], acc3 = l->bias[c + 3];
#ifdef DUAL
        for (; n >= 4; n -= 4)
            FOUR_ROWS(x, w0, w2, columns, acc0, acc1, acc2, acc3);
#endif
        for (; n > 0; n--, w0++, w2++) {
            const int32_t v = *x++;
            acc0 += {{ times("v", "w0[0]") }};
            acc1 += {{ times("v", "w0[columns]") }};
            acc2 += {{ times("v", "w2[0]") }};
            acc3 += {{ times("v", "w2[columns]") }};
        }
{% for row in range(4) %}
        {{ fetch(row) | trim | indent(8) }}
{% endfor %}
{% for row in range(4) %}
        out[c{{ " + %d" % row if row }}] = {{ narrow("acc%d" % row, row) }};
{% endfor %}
    }
    for (; c < l->rows; c++) {
        int32_t acc0 = l->bias[c];
        for (int32_t n = 0; n < columns; n++, w++)
            acc0 += {{ times("in[n]", "*w") }};
        {{ fetch(0) | trim | indent(8) }}
        out[c] = {{ narrow("acc0", 0) }};
    }
}
{% else %}
static void {{ kernel.name }}(const Layer *l, const int8_t *in, int8_t *out)
{
    {{ first_row(encoding) | trim | indent }}
    for (int32_t c = 0; c < l->rows; c++) {
        const int8_t *x = in;
        {{ sums(1) | trim | indent(8) }}
        {{ dot(encoding, 1) | trim | indent(8) }}
        *out++ = requantize(l, c, acc0);
    }
}
{% endif %}
{% endmacro %}
