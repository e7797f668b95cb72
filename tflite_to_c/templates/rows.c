{% macro next(lines) -%}
{% if lines.bytes > lines.width -%}
next_line({{ lines.place }}, {{ lines.bytes }}, {{ lines.width }})
{%- else -%}
{{ lines.place }}
{%- endif %}
{%- endmacro %}
{% macro read_row(lines) %}
line = {{ next(lines) }};
{% if rows < turns %}
if (turn < {{ rows }})
    copy_line(line, {{ lines.width }}, {{ "input" if streamed else "input + turn * %d" % lines.width }});
{% if lines.padded %}
else
    fill_line(line, {{ lines.width }}, {{ lines.zero }});
{% endif %}
{% else %}
copy_line(line, {{ lines.width }}, {{ "input" if streamed else "input + turn * %d" % lines.width }});
{% endif %}
{% endmacro %}
{% macro make_row(part) %}
{% set due = ["turn >= %d" % part.first] if part.first else [] %}
{% if part.every > 1 %}
{% set due = due + ["(turn - %d) %% %d == 0" % (part.first, part.every) if part.first else "turn %% %d == 0" % part.every] %}
{% endif %}
{% if not part.to and part.end < turns %}
{% set due = due + ["turn < %d" % part.end] %}
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
{% if part.moves_on %}
    {{ "%s_made" % name if streamed else "output" }} += {{ part.moves_on }};
{% endif %}
{% endif %}
}
{% endmacro %}
/* Row by row: {{ layers | join("; ") }}.
   A turn computes a row of each whose rows of input are there{{ "; rows of padding come before the first and after the last" if padded }}. */
{% if streamed %}
static int32_t {{ name }}_turn{{ ", %s_made; /* bytes of output */" % name if counts else ";" }}

/* One row of the input, and after the last what is left; then it returns 1, and begins again. */
static int {{ name }}(const int8_t *input, int8_t *output, int32_t *words)
{% else %}
static void {{ name }}(const int8_t *input, int8_t *output, int32_t *words)
{% endif %}
{
    int8_t *const scratch = (int8_t *)words;
{% if streamed %}
    int32_t turn = {{ name }}_turn;
{% if counts or padded %}
    if (turn == 0) {
{% if counts %}
        {{ name }}_made = 0;
{% endif %}
{% for lines in padded %}
        fill_line({{ lines.place }}, {{ lines.bytes }}, {{ lines.zero }});
{% endfor %}
    }
{% endif %}
    do {
        int8_t *line;
{% else %}
{% for lines in padded %}
    fill_line({{ lines.place }}, {{ lines.bytes }}, {{ lines.zero }});
{% endfor %}
    for (int32_t turn = 0; turn < {{ turns }}; turn++) {
        int8_t *line;
{% endif %}
{% if source %}
        {{ read_row(source) | trim | indent(8) }}
{% endif %}
{% for part in parts %}
        {{ make_row(part) | trim | indent(8) }}
{% endfor %}
{% if streamed %}
    } while (++turn >= {{ rows }} && turn < {{ turns }});
    {{ name }}_turn = turn < {{ turns }} ? turn : 0;
    return turn == {{ turns }};
{% else %}
    }
{% endif %}
}
