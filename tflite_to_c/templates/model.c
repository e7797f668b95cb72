/* {{ origin }} in C; made by a generator, do not edit. How to use it: {{ name }}.h.

   Each layer, with the encoding of its weights where it has any:
{% for line in summary %}
   - {{ line }}
{% endfor %}
*/
#include "{{ name }}.h"

{% include "templates/arithmetic.c" %}
{% if dimension_type %}

typedef {{ dimension_type }} DIMENSION;
{% endif %}
{% for text in functions %}

{{ text -}}
{% endfor %}
{% for text in constants %}

{{ text -}}
{% endfor %}

{% if streamed %}
/* One step of the sequence, through the recurrent layers. */
static void advance(const int8_t *input)
{
{% for call in step_calls %}
    {{ call }};
{% endfor %}
}

/* What the state gives. */
static void finish(int8_t *output)
{
{% elif in_place %}
static int32_t words[{{ scratch_bytes // 4 }}];
int8_t *const {{ name }}_input = (int8_t *)words{{ " + %d" % ends[0] if ends[0] }};
const int8_t *const {{ name }}_output = (const int8_t *)words{{ " + %d" % ends[1] if ends[1] }};

void {{ name }}_{{ "step" if keeps else "run" }}(void)
{
{% elif row_bytes %}
int {{ name }}_row(const int8_t row[{{ row_bytes }}], int8_t output[{{ graph.output.size }}])
{
{% else %}
void {{ name }}_{{ "step" if keeps else "run" }}(const int8_t input[{{ graph.input.size }}], int8_t output[{{ graph.output.size }}])
{
{% endif %}
{% if scratch_bytes %}
{% if not in_place %}
    static int32_t words[{{ scratch_bytes // 4 }}];
{% endif %}
{% if bytewise %}
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
{% endif %}
{% endif %}
{% if row_bytes %}
    if (!{{ row_call }})
        return 0;
{% endif %}
{% for call in calls %}
    {{ call }};
{% endfor %}
{% if row_bytes %}
    return 1;
{% endif %}
}
{% if row_bytes %}

void {{ name }}_reset(void)
{
    {{ row_label }}_turn = 0;
}

void {{ name }}_run(const int8_t input[{{ graph.input.size }}], int8_t output[{{ graph.output.size }}])
{
    {{ name }}_reset();
    for (int32_t y = 0; y < {{ row_count }}; y++)
        (void){{ name }}_row(input + y * {{ row_bytes }}, output);
}
{% endif %}
{% if streamed %}
{% set features = streamed[0].inputs[0].shape[1] %}

void {{ name }}_reset(void)
{
{% for call in reset_calls %}
    {{ call }};
{% endfor %}
}

void {{ name }}_step(const int8_t input[{{ features }}], int8_t output[{{ graph.output.size }}])
{
    advance(input);
    if (output)
        finish(output);
}

void {{ name }}_run(const int8_t input[{{ graph.input.size }}], int8_t output[{{ graph.output.size }}])
{
    {{ name }}_reset();
    for (int32_t step = 0; step < {{ streamed[0].steps }}; step++)
        advance(input + step * {{ features }});
    finish(output);
}
{% endif %}
{% if keeps %}

void {{ name }}_reset(void)
{
{% for call in reset_calls %}
    {{ call }};
{% endfor %}
}

{% if in_place %}
void {{ name }}_run(void)
{
    {{ name }}_reset();
    {{ name }}_step();
}
{% else %}
void {{ name }}_run(const int8_t input[{{ graph.input.size }}], int8_t output[{{ graph.output.size }}])
{
    {{ name }}_reset();
    {{ name }}_step(input, output);
}
{% endif %}
{% endif %}
