{#- Layers with weights. Each is the same loop around `dot`, which multiplies one row of weights with what a kernel sees
    at `lanes` positions at once, so that a weight is fetched and decoded once for all of them. -#}

{#- A product of two int8. -#}
{% macro times(a, b) %}
{{ "TIMES(%s, %s)" % (a, b) if tabled else "%s * %s" % (a, b) }}
{%- endmacro %}

{#- acc0 += value * x[at], and so for each lane. -#}
{% macro add(value, at, lanes) %}
{% for lane in range(lanes) %}
{% set place = ("%s" % at if at or not lane else "") ~ (" + " if at and lane else "") ~ ("%d * PATCH" % lane if lane else "") %}
acc{{ lane }} += {{ times(value, "x[%s]" % place) }};
{% endfor %}
{% endmacro %}

{#- Adds a row of weights times values to acc0…; x points at the first lane's values. Moves w, codes and counts on. -#}
{% macro dot(encoding, lanes) %}
{% set kind = KINDS[encoding] %}
{% set mask = 2 ** kind.index_bits - 1 %}
{% if encoding == "dense" %}
int32_t n = l->columns;
#ifdef DUAL
UNROLL for (; n >= 4; n -= 4, w += 4, x += 4) {
    uint32_t four = load4(w);
    const uint32_t w_even = even(four), w_odd = odd(four);
{% for lane in range(lanes) %}
    four = load4(x{{ " + %d * PATCH" % lane if lane }});
    acc{{ lane }} = dual(w_even, even(four), acc{{ lane }});
    acc{{ lane }} = dual(w_odd, odd(four), acc{{ lane }});
{% endfor %}
}
#endif
for (; n > 0; n--, x++) {
    const int32_t v = *w++;
    {{ add("v", 0, lanes) | trim | indent(4) }}
}
{% elif encoding == "pairs" %}
int32_t n = l->columns;
#ifdef DUAL
const int8_t *const end = w + n;
if (n & 4)
    FOUR_COLUMNS(w, x, acc0, acc1, acc2, acc3);
while (w != end) {
    FOUR_COLUMNS(w, x, acc0, acc1, acc2, acc3);
    FOUR_COLUMNS(w, x, acc0, acc1, acc2, acc3);
}
#elif defined(THUMB1)
if (n > 0)
    ALL_COLUMNS(w, w + n, x, acc0, acc1, acc2, acc3);
#else
for (; n > 0; n -= 4, w += 4, x += {{ 4 * lanes }}) {
{% for column, place in ((0, 0), (1, 2), (2, 1), (3, 3)) %}
{% for lane in range(lanes) %}
    acc{{ lane }} += {{ times("w[%d]" % place, "x[%d]" % (lanes * column + lane)) }};
{% endfor %}
{% endfor %}
}
#endif
{% elif encoding == "coded" %}
for (int32_t n = l->columns; n > 0; n--, x++) {
    const int32_t v = next_weight(&coded);
    {{ add("v", 0, lanes) | trim | indent(4) }}
}
{% elif encoding == "sparse" %}
for (int32_t n = *counts++; n > 0;) {
    const uint32_t gaps = *codes++; /* two of them */
    x += gaps & 15u;
    if ((gaps & 15u) != 15u) {
        const int32_t v = *w++;
        {{ add("v", 0, lanes) | trim | indent(8) }}
        x++;
        if (--n == 0)
            break;
    }
    x += gaps >> 4;
    if (gaps >> 4 != 15u) {
        const int32_t v = *w++;
        {{ add("v", 0, lanes) | trim | indent(8) }}
        x++;
        n--;
    }
}
{% elif kind.sparse %}
for (int32_t n = *counts++; n > 0;) {
    const uint32_t code = *codes++; /* gap and index */
    x += code >> {{ kind.index_bits }};
    if (code >> {{ kind.index_bits }} != {{ 2 ** (8 - kind.index_bits) - 1 }}u) {
        const int32_t v = w[code & {{ mask }}u];
        {{ add("v", 0, lanes) | trim | indent(8) }}
        x++;
        n--;
    }
}
w += l->table_step;
{% else %}
{% set each = 8 // kind.index_bits %}
int32_t n = l->columns, v;
for (; n >= {{ each }}; n -= {{ each }}, x += {{ each }}) {
    const uint32_t code = *codes++; /* {{ each }} indices */
{% for place in range(each) %}
    v = w[code >> {{ kind.index_bits * place }} & {{ mask }}u];
    {{ add("v", place, lanes) | trim | indent(4) }}
{% endfor %}
}
if (n > 0)
    for (uint32_t code = *codes++; n > 0; n--, x++, code >>= {{ kind.index_bits }}) {
        v = w[code & {{ mask }}u];
        {{ add("v", 0, lanes) | trim | indent(8) }}
    }
w += l->table_step;
{% endif %}
{% endmacro %}

{% macro first_row(encoding) %}
{% if encoding == "coded" %}
Coded coded = {l->codes, 0, 0};
{% else %}
const int8_t *w = l->values;
{% endif %}
{% if encoding not in ("dense", "pairs", "coded") %}
const uint8_t *codes = l->codes;
{% endif %}
{% if KINDS[encoding].sparse %}
const COUNT *counts = l->counts;
{% endif %}
{% endmacro %}

{#- What requantize gives, where its numbers were fetched before: in C, a store may change what a pointer points to. -#}
{% macro fetch(channel) %}
{% set place = "c + %d" % channel if channel else "c" %}
{% set place = ("(%s) * l->factor_step" if channel else "%s * l->factor_step") % place if one_factor else place %}
const int32_t multiplier{{ channel }} = l->multiplier[{{ place }}], shift{{ channel }} = l->shift[{{ place }}];
{% endmacro %}
{% macro narrow(sum, channel) %}
clamp(scale({{ sum }}, multiplier{{ channel }}, shift{{ channel }}) + zero, {{ "-128, 127" if full_range else "low, high" }})
{%- endmacro %}
{% macro ends() %}
const int32_t zero = l->output_zero{% if not full_range %}, low = l->low, high = l->high{% endif %};
{% endmacro %}

{% macro sums(lanes) %}
int32_t acc0 = {{ "packed_bias(l, c)" if packed else "l->bias[c]" }}{% for lane in range(1, lanes) %}, acc{{ lane }} = acc0{% endfor %};
{% endmacro %}
