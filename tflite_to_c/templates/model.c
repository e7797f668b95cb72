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

void {{ name }}_run(const int8_t input[{{ graph.input.size }}], int8_t output[{{ graph.output.size }}])
{
{% if scratch_bytes %}
    static int32_t words[{{ scratch_bytes // 4 }}];
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
{% endif %}
{% for call in calls %}
    {{ call }};
{% endfor %}
}
