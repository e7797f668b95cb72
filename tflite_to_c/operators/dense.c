{% from "templates/dot.c" import dot, first_row, sums with context %}

{% macro shared() %}
{% endmacro %}

{% macro kernel(kernel) %}
{% set encoding = kernel.encoding %}
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
{% endmacro %}
