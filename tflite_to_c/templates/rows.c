{% macro next(lines) -%}
{% if lines.bytes > lines.width -%}
next_line({{ lines.place }}, {{ lines.bytes }}, {{ lines.width }})
{%- else -%}
{{ lines.place }}
{%- endif %}
{%- endmacro %}
/* Row by row: {{ layers | join("; ") }}.
   A turn makes a row of each whose rows of input are there{{ "; rows of padding come before the first and after the last" if padded }}. */
static void {{ name }}(const int8_t *input, int8_t *output, int32_t *words)
{
    int8_t *const scratch = (int8_t *)words;
{% for lines in padded %}
    fill_line({{ lines.place }}, {{ lines.bytes }}, {{ lines.zero }});
{% endfor %}
    for (int32_t turn = 0; turn < {{ turns }}; turn++) {
        int8_t *line;
{% if source %}
        line = {{ next(source) }};
        {% if rows < turns %}
        if (turn < {{ rows }})
            copy_line(line, {{ source.width }}, input + turn * {{ source.width }});
        {% if source.padded %}
        else
            fill_line(line, {{ source.width }}, {{ source.zero }});
        {% endif %}
        {% else %}
        copy_line(line, {{ source.width }}, input + turn * {{ source.width }});
        {% endif %}
{% endif %}
{% for part in parts %}
{% set due = ["turn >= %d" % part.first] if part.first else [] %}
{% if part.every > 1 %}
{% set due = due + ["(turn - %d) %% %d == 0" % (part.first, part.every) if part.first else "turn %% %d == 0" % part.every] %}
{% endif %}
        {{ "if (%s) " % (due | join(" && ")) if due }}{
{% if part.to %}
            line = {{ next(part.to) }};
{% if part.end < turns %}
            if (turn < {{ part.end }}) {
{% for call in part.calls %}
                {{ call }};
{% endfor %}
            }{% if part.to.padded %} else {
                fill_line(line, {{ part.to.width }}, {{ part.to.zero }});
            }{% endif %}

{% else %}
{% for call in part.calls %}
            {{ call }};
{% endfor %}
{% endif %}
{% else %}
{% for call in part.calls %}
            {{ call }};
{% endfor %}
            output += {{ part.width }};
{% endif %}
        }
{% endfor %}
    }
}
