/* 2500B-1.tflite in C; made by a generator, do not edit. How to use it: model_2500b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: coded, 33 bytes for 90 weights
   - layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D: coded, 315 bytes for 900 weights
   - layer 3, operator CONV_2D: coded, 444 bytes for 1,260 weights
   - layer 4, operator CONV_2D, and layer 5, operator MAX_POOL_2D: coded, 619 bytes for 1,764 weights
   - layer 6, operator CONV_2D, and layer 7, operator MEAN: coded, 710 bytes for 2,016 weights
   - layer 8, operator FULLY_CONNECTED: coded, 60 bytes for 160 weights
*/
#include "model_2500b.h"

static inline int8_t clamp(int32_t x, int32_t low, int32_t high)
{
    return (int8_t)(x < low ? low : x > high ? high : x);
}

static inline int32_t upper_product(int32_t x, int32_t multiplier) /* x * multiplier / 2^31, halves up */
{
#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP)
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(x * 2), "r"(multiplier));
    return high;
#else
    return (int32_t)(((int64_t)x * multiplier + (1 << 30)) >> 31);
#endif
}

/* x * multiplier / 2^31 / 2^shift, rounded twice: halves up, then halves away from zero. For shifts from 1 to 31. In the fewest instructions. */
static inline int32_t scale(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t high = upper_product(x, multiplier);
    return (((high + (high >> 31)) >> (shift - 1)) + 1) >> 1;
}

typedef int8_t DIMENSION;

typedef uint8_t COUNT;

typedef struct {
    const int32_t *bias; /* with the input's zero point folded in */
    const int32_t *multiplier; /* of each output channel, or of all, over 2^31 */
    const int8_t *shift;       /* right, after the multiplication */
    const uint8_t *codes;
    const int8_t *values; /* weights, or tables of them */
    const COUNT *counts;  /* weights stored of each row */
    DIMENSION table_step; /* from one row's table to the next */
    DIMENSION height, width, channels, rows, columns;
    DIMENSION kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x;
    DIMENSION out_height, out_width;
    DIMENSION pool_y, pool_x, pool_stride_y, pool_stride_x;
    DIMENSION factor_step; /* from one row's multiplier and shift to the next */
    int8_t input_zero, output_zero, low, high;
} Layer;

static inline int8_t requantize(const Layer *l, int32_t c, int32_t sum)
{
    const int32_t i = c * l->factor_step;
    return clamp(scale(sum, l->multiplier[i], l->shift[i]) + l->output_zero, l->low, l->high);
}

#if defined(__GNUC__)
#define KEEP_LOOP __asm__ volatile("") /* else compilers call memcpy or memset, for a few bytes */
#define UNROLL _Pragma("GCC unroll 4")
#else
#define KEEP_LOOP (void)0
#define UNROLL
#endif

/* Weights in Huffman codes, of 2 to 3 bits: the weights in the order of their codes; for each length where its codes
   end, as if they were of the longest; and the place of its first weight, less its first code. */
static const int8_t code_values[] = {0, -3, -2, -1, 1, 2, 3};
static const uint16_t code_ends[] = {2, 8};
static const int16_t code_offsets[] = {0, -1};

typedef struct {
    const uint8_t *next;
    uint32_t bits; /* the next 3 of them and more, the first one highest */
    int32_t held;  /* how many */
} Coded;

static int32_t next_weight(Coded *coded)
{
    int32_t length = 2;
    for (; coded->held < 3; coded->held += 8)
        coded->bits |= (uint32_t)*coded->next++ << (24 - coded->held);
    const int32_t code = (int32_t)(coded->bits >> 29);
    while (code >= code_ends[length - 2])
        length++;
    coded->bits <<= length;
    coded->held -= length;
    return code_values[code_offsets[length - 2] + (code >> (3 - length))];
}

#define PATCH 126

/* Copies what the kernel sees at one output position. */
static void gather(const Layer *l, const int8_t *in, int32_t y, int32_t x, int8_t *patch)
{
    const int32_t length = l->kernel_x * l->channels, row = l->width * l->channels;
    const int8_t *from = in + y * l->stride_y * row + x * l->stride_x * l->channels;
    for (int32_t ky = 0; ky < l->kernel_y; ky++, from += row)
        UNROLL for (int32_t i = 0; i < length; i++) {
            *patch++ = from[i];
            KEEP_LOOP;
        }
}

static void convolution_coded(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch)
{
    int32_t y = 0, i = 0, left = l->out_height * l->out_width;
    for (; left > 0; left -= 4, out += 4 * l->rows) {
        for (int32_t lane = 0; lane < 4; lane++) { /* past the end, the last position again */
            gather(l, in, y, i, patch + lane * PATCH);
            if (lane + 1 < left && ++i == l->out_width) {
                i = 0;
                y++;
            }
        }
        Coded coded = {l->codes, 0, 0};
        for (int32_t c = 0; c < l->rows; c++) {
            const int8_t *x = patch;
            int32_t acc0 = l->bias[c], acc1 = acc0, acc2 = acc0, acc3 = acc0;
            for (int32_t n = l->columns; n > 0; n--, x++) {
                const int32_t v = next_weight(&coded);
                acc0 += v * x[0];
                acc1 += v * x[1 * PATCH];
                acc2 += v * x[2 * PATCH];
                acc3 += v * x[3 * PATCH];
            }
            out[c] = requantize(l, c, acc0);
            if (left > 1)
                out[c + 1 * l->rows] = requantize(l, c, acc1);
            if (left > 2)
                out[c + 2 * l->rows] = requantize(l, c, acc2);
            if (left > 3)
                out[c + 3 * l->rows] = requantize(l, c, acc3);
        }
    }
}

/* The maximum is of the sums themselves: it commutes with what follows, which never turns a larger into a smaller. */
static void max_pooled_convolution_coded(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch, int32_t *pooled)
{
    const int32_t window = l->pool_y * l->pool_x;
    for (int32_t y = 0; y < l->out_height; y++)
        for (int32_t i = 0; i < l->out_width; i++) {
            int32_t py = 0, px = 0;
            for (int32_t done = 0; done < window; done += 4) {
                for (int32_t lane = 0; lane < 4; lane++) { /* past the end, the last position again */
                    gather(l, in, y * l->pool_stride_y + py, i * l->pool_stride_x + px, patch + lane * PATCH);
                    if (px + 1 < l->pool_x) {
                        px++;
                    } else if (py + 1 < l->pool_y) {
                        px = 0;
                        py++;
                    }
                }
                Coded coded = {l->codes, 0, 0};
                for (int32_t c = 0; c < l->rows; c++) {
                    const int8_t *x = patch;
                    int32_t acc0 = l->bias[c], acc1 = acc0, acc2 = acc0, acc3 = acc0;
                    for (int32_t n = l->columns; n > 0; n--, x++) {
                        const int32_t v = next_weight(&coded);
                        acc0 += v * x[0];
                        acc1 += v * x[1 * PATCH];
                        acc2 += v * x[2 * PATCH];
                        acc3 += v * x[3 * PATCH];
                    }
                    if (acc1 > acc0)
                        acc0 = acc1;
                    if (acc2 > acc0)
                        acc0 = acc2;
                    if (acc3 > acc0)
                        acc0 = acc3;
                    if (done == 0 || acc0 > pooled[c])
                        pooled[c] = acc0;
                }
            }
            for (int32_t c = 0; c < l->rows; c++)
                *out++ = requantize(l, c, pooled[c]);
        }
}

static void mean_pooled_convolution_coded(const Layer *l, const int8_t *in, int8_t *out, int8_t *patch, int32_t *pooled, int32_t offset, int32_t multiplier, int32_t shift, int32_t zero)
{
    const int32_t window = l->pool_y * l->pool_x;
    for (int32_t y = 0; y < l->out_height; y++)
        for (int32_t i = 0; i < l->out_width; i++) {
            int32_t py = 0, px = 0;
            for (int32_t done = 0; done < window; done += 4) {
                for (int32_t lane = 0; lane < 4; lane++) { /* past the end, the last position again */
                    gather(l, in, y * l->pool_stride_y + py, i * l->pool_stride_x + px, patch + lane * PATCH);
                    if (px + 1 < l->pool_x) {
                        px++;
                    } else if (py + 1 < l->pool_y) {
                        px = 0;
                        py++;
                    }
                }
                Coded coded = {l->codes, 0, 0};
                for (int32_t c = 0; c < l->rows; c++) {
                    const int8_t *x = patch;
                    int32_t acc0 = l->bias[c], acc1 = acc0, acc2 = acc0, acc3 = acc0;
                    for (int32_t n = l->columns; n > 0; n--, x++) {
                        const int32_t v = next_weight(&coded);
                        acc0 += v * x[0];
                        acc1 += v * x[1 * PATCH];
                        acc2 += v * x[2 * PATCH];
                        acc3 += v * x[3 * PATCH];
                    }
                    pooled[c] = (done ? pooled[c] : 0) + requantize(l, c, acc0);
                    if (window - done > 1)
                        pooled[c] += requantize(l, c, acc1);
                    if (window - done > 2)
                        pooled[c] += requantize(l, c, acc2);
                    if (window - done > 3)
                        pooled[c] += requantize(l, c, acc3);
                }
            }
            for (int32_t c = 0; c < l->rows; c++)
                *out++ = clamp(scale(pooled[c] - offset, multiplier, shift) + zero, -128, 127);
        }
}

static void dense_coded(const Layer *l, const int8_t *in, int8_t *out)
{
    Coded coded = {l->codes, 0, 0};
    for (int32_t c = 0; c < l->rows; c++) {
        const int8_t *x = in;
        int32_t acc0 = l->bias[c];
        for (int32_t n = l->columns; n > 0; n--, x++) {
            const int32_t v = next_weight(&coded);
            acc0 += v * x[0];
        }
        *out++ = requantize(l, c, acc0);
    }
}

#if defined(__GNUC__)
#define KEEP_LOOP __asm__ volatile("") /* else compilers call memcpy or memset, for a few bytes */
#define UNROLL _Pragma("GCC unroll 4")
#else
#define KEEP_LOOP (void)0
#define UNROLL
#endif

/* `to` may lie before `from`, over it. */
static void copy_line(int8_t *to, int32_t count, const int8_t *from)
{
#if defined(__GNUC__) && defined(__ARM_FEATURE_UNALIGNED)
    for (; count >= 4; count -= 4, to += 4, from += 4) {
        uint32_t four;
        __builtin_memcpy(&four, from, 4); /* one load, and one store */
        __builtin_memcpy(to, &four, 4);
        KEEP_LOOP;
    }
#endif
    for (; count > 0; count--) {
        *to++ = *from++;
        KEEP_LOOP;
    }
}

/* All lines move up by one, over the oldest. Returns the last, which is free. */
static int8_t *next_line(int8_t *lines, int32_t bytes, int32_t width)
{
    copy_line(lines, bytes - width, lines + width);
    return lines + bytes - width;
}

static const int32_t rows_1_convolution_1_bias[10] = {
    -600,96,272,-60,-548,-640,-436,-300,240,-516,
};
static const int32_t rows_1_convolution_1_multiplier[1] = {
    1971864585,
};
static const int8_t rows_1_convolution_1_shift[1] = {
    3,
};
static const uint8_t rows_1_convolution_1_codes[33] = {
    60,130,72,219,114,68,173,176,204,169,231,246,205,92,142,145,154,21,79,75,209,68,147,64,107,108,94,189,109,79,69,196,
    0,
};
static const Layer rows_1_convolution_1 = {
    .bias = rows_1_convolution_1_bias, .multiplier = rows_1_convolution_1_multiplier,
    .shift = rows_1_convolution_1_shift, .codes = rows_1_convolution_1_codes, .rows = 10, .columns = 9, .height = 3,
    .width = 28, .channels = 1, .out_height = 1, .out_width = 26, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .input_zero = -128, .output_zero = -124, .low = -124, .high = 127
};

static const int32_t rows_1_convolution_2_bias[10] = {
    -7292,-5068,-3164,-1832,-5164,-1340,-3184,-1432,-5580,-2364,
};
static const int32_t rows_1_convolution_2_multiplier[1] = {
    1168334971,
};
static const int8_t rows_1_convolution_2_shift[1] = {
    3,
};
static const uint8_t rows_1_convolution_2_codes[315] = {
    105,113,110,210,203,53,70,76,13,36,237,207,56,57,47,169,9,72,165,142,172,192,106,212,225,44,179,160,73,175,80,39,72,
    53,76,234,109,44,102,145,18,228,151,82,33,53,173,137,90,212,52,104,36,164,46,17,117,37,128,199,115,21,144,16,235,
    158,241,54,225,224,38,161,98,146,247,88,4,162,37,53,18,82,20,232,243,48,125,207,60,38,209,69,134,108,38,29,55,28,
    148,203,49,117,109,184,130,167,177,34,132,179,23,44,78,255,186,42,187,233,87,71,223,110,170,223,159,198,55,27,30,
    185,57,0,140,112,213,56,12,113,105,165,140,146,90,160,189,174,14,80,106,218,158,163,86,213,11,82,184,90,208,45,106,
    58,56,105,17,233,101,142,187,78,226,68,52,168,145,79,173,108,178,80,208,82,75,104,22,169,246,205,130,161,178,114,
    188,91,99,154,12,148,119,34,93,144,86,42,200,237,51,46,136,23,68,174,99,85,21,168,155,36,174,82,91,100,130,16,91,96,
    134,237,182,89,96,89,76,75,45,148,242,19,89,78,224,13,202,89,73,35,11,10,201,11,99,82,178,10,213,24,56,139,44,92,80,
    136,207,74,149,86,60,226,189,40,189,107,101,3,168,159,82,29,18,245,3,198,201,46,150,97,56,123,237,76,54,188,72,181,
    193,31,146,176,140,21,200,129,18,33,99,203,114,185,16,182,213,49,10,110,0,
};
static const Layer rows_1_convolution_2 = {
    .bias = rows_1_convolution_2_bias, .multiplier = rows_1_convolution_2_multiplier,
    .shift = rows_1_convolution_2_shift, .codes = rows_1_convolution_2_codes, .rows = 10, .columns = 90, .height = 4,
    .width = 26, .channels = 10, .out_height = 1, .out_width = 12, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -124,
    .output_zero = -124, .low = -124, .high = 127
};

/* Row by row: layer 0, operator CONV_2D; layer 1, operator CONV_2D, and layer 2, operator MAX_POOL_2D.
   A turn computes a row of each whose rows of input are there. */
static void rows_1(const int8_t *input, int8_t *output, int32_t *words)
{
    int8_t *const scratch = (int8_t *)words;
    for (int32_t turn = 0; turn < 28; turn++) {
        int8_t *line;
        if (turn >= 2) {
            line = next_line(scratch, 1040, 260);
            convolution_coded(&rows_1_convolution_1, input + (turn - 2) * 28, line, scratch + 1040);
        }
        if (turn >= 5 && (turn - 5) % 2 == 0) {
            max_pooled_convolution_coded(&rows_1_convolution_2, scratch, output, scratch + 1080, words + 260);
            output += 120;
        }
    }
}

static const int32_t convolution_2_bias[14] = {
    -6516,-2892,3344,1548,-6960,-1100,1764,-1280,-2868,-7372,-1688,1236,-2500,-2832,
};
static const int32_t convolution_2_multiplier[1] = {
    1710048431,
};
static const int8_t convolution_2_shift[1] = {
    4,
};
static const uint8_t convolution_2_codes[444] = {
    127,165,214,213,94,164,138,169,71,21,178,83,247,236,168,80,38,121,9,246,172,150,54,35,97,73,19,80,34,85,164,212,123,
    181,82,234,59,213,78,193,59,50,66,229,171,173,144,49,89,110,21,176,80,165,8,30,203,8,66,133,8,218,146,210,191,107,
    198,59,47,121,143,220,87,238,5,160,177,173,97,101,6,26,90,0,223,51,132,228,250,209,221,23,191,200,107,110,142,57,
    246,182,66,151,123,162,191,106,70,225,93,216,36,60,129,128,57,162,97,88,168,157,51,171,19,27,78,149,30,19,94,50,1,
    14,147,73,10,4,190,85,151,168,244,5,82,136,73,33,79,221,82,85,15,34,173,171,65,36,217,107,154,92,156,3,91,159,247,
    217,126,21,125,11,248,205,135,13,52,38,64,242,146,137,119,213,185,37,130,56,132,218,220,184,182,222,86,64,133,166,
    179,83,133,178,153,125,240,172,143,59,83,219,203,23,215,165,121,59,157,161,63,83,235,10,130,236,60,130,95,51,32,74,
    213,82,241,166,117,17,227,64,162,243,119,90,138,216,67,139,73,63,51,48,255,248,61,234,247,82,115,57,248,218,222,45,
    216,149,145,104,255,70,104,234,105,122,90,160,214,228,77,186,16,234,239,39,4,213,226,188,82,204,228,164,81,86,147,
    109,168,52,151,178,49,85,66,70,71,17,45,128,226,181,10,162,38,78,181,58,140,238,227,161,57,175,117,118,173,189,53,
    140,137,20,78,199,40,178,246,216,69,86,130,6,21,127,9,39,143,243,160,244,45,230,12,95,53,148,247,199,199,103,157,
    207,103,33,81,110,178,222,164,182,185,122,229,56,133,98,218,114,35,43,166,68,58,147,101,226,151,89,23,19,148,137,92,
    148,186,139,143,23,212,97,201,73,46,16,91,73,98,174,200,32,37,28,97,165,204,206,171,218,37,245,175,103,142,218,190,
    247,171,33,85,232,157,54,183,16,237,147,97,101,20,147,183,36,32,97,9,233,109,102,64,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 14, .columns = 90, .height = 12, .width = 12, .channels = 10,
    .out_height = 10, .out_width = 10, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -124,
    .output_zero = -124, .low = -124, .high = 127
};

static const int32_t convolution_3_bias[14] = {
    -3812,4280,-1324,-2544,-5256,-5044,-3836,-5484,-320,-4048,-1232,-636,-2396,-1856,
};
static const int32_t convolution_3_multiplier[1] = {
    2006275413,
};
static const int8_t convolution_3_shift[1] = {
    4,
};
static const uint8_t convolution_3_codes[619] = {
    148,181,24,77,91,162,50,174,208,178,9,96,178,232,72,91,149,131,37,6,78,199,31,237,161,61,53,74,245,140,224,236,78,
    115,75,8,78,149,239,44,8,181,41,229,156,252,81,23,247,253,252,89,169,103,250,124,62,58,215,126,107,138,183,212,3,
    217,112,238,215,191,226,154,185,94,153,139,216,107,65,98,22,200,244,240,159,165,150,146,114,78,44,70,40,143,65,90,
    89,2,251,162,178,202,92,165,228,235,246,137,48,74,63,133,114,197,7,120,57,211,154,25,114,39,30,97,89,232,168,164,21,
    155,221,17,138,9,105,197,100,44,73,144,187,217,157,18,246,62,178,16,148,73,125,100,74,219,216,174,110,39,189,14,202,
    179,106,125,99,166,104,92,250,151,174,220,188,245,253,230,42,9,71,103,109,161,160,110,151,16,241,17,59,15,3,171,47,
    122,245,32,68,40,235,206,9,213,90,164,8,72,166,190,238,42,163,140,151,158,170,69,21,74,93,85,214,36,122,114,11,42,
    179,37,221,77,210,89,36,232,147,245,119,172,130,228,30,108,207,76,176,49,9,22,100,93,85,45,99,118,54,237,133,76,190,
    193,107,149,205,114,29,62,240,235,116,38,250,50,82,108,34,84,156,141,237,83,58,145,150,84,47,211,82,202,103,86,168,
    80,39,45,118,86,170,99,243,205,212,80,3,75,74,161,90,244,101,50,21,251,65,2,78,107,73,50,180,88,193,43,243,244,213,
    208,114,53,43,68,248,81,43,112,170,217,169,21,245,176,247,165,88,183,85,82,36,45,40,242,145,91,38,186,56,211,92,22,
    225,150,132,62,141,131,122,72,124,197,37,44,107,1,60,153,89,109,214,32,215,70,217,244,168,210,105,37,172,126,90,138,
    95,204,169,169,92,61,52,160,68,57,35,180,24,144,220,13,64,173,145,107,47,144,178,0,80,114,155,39,100,194,128,80,34,
    177,44,224,105,120,208,91,207,220,201,166,183,197,210,53,82,94,248,55,175,183,212,51,84,25,83,2,13,117,232,155,193,
    204,237,111,220,162,182,169,117,146,129,16,230,241,75,74,212,14,129,215,29,36,183,82,23,49,230,254,65,193,52,172,
    113,79,30,19,68,6,176,252,98,21,173,250,10,87,120,35,178,150,223,104,141,32,174,180,162,124,132,122,155,55,75,236,
    244,196,144,214,233,164,190,162,125,169,80,199,56,203,1,128,28,74,248,75,190,184,137,117,110,179,121,37,105,85,249,
    35,170,196,165,187,100,178,233,165,92,197,123,228,151,133,242,44,116,157,218,254,151,125,166,112,151,75,62,109,218,
    229,169,184,34,25,186,155,82,209,251,102,138,91,153,67,25,68,74,80,35,171,153,158,216,170,146,82,30,122,140,77,140,
    189,195,10,191,26,249,128,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 14, .columns = 126, .height = 10, .width = 10, .channels = 14,
    .out_height = 4, .out_width = 4, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2,
    .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -124, .output_zero = -124, .low = -124,
    .high = 127
};

static const int32_t convolution_4_bias[16] = {
    4208,5884,3124,3088,-2348,2644,-2012,-472,3956,1188,2328,2820,5128,-1620,1896,-3688,
};
static const int32_t convolution_4_multiplier[1] = {
    1589195013,
};
static const int8_t convolution_4_shift[1] = {
    4,
};
static const uint8_t convolution_4_codes[710] = {
    136,61,210,61,55,0,198,88,179,113,229,151,147,216,24,36,179,26,110,74,228,176,182,21,246,167,218,94,218,183,204,153,
    75,60,229,118,19,16,203,251,124,175,88,197,210,37,221,45,220,249,123,119,37,169,62,189,61,191,44,185,108,214,171,
    255,102,197,24,16,180,253,13,22,169,231,119,93,229,101,118,123,116,218,151,98,121,108,0,190,51,253,76,173,22,182,
    242,198,200,156,172,253,167,171,85,87,191,40,74,123,54,83,82,226,23,206,201,104,30,147,179,197,170,133,200,150,86,
    204,197,230,210,41,183,59,139,172,186,153,113,73,229,125,184,245,123,67,24,138,104,91,37,94,223,124,136,180,147,237,
    109,178,141,26,232,88,87,9,51,239,234,93,109,172,198,214,14,204,135,15,46,219,145,81,139,221,40,200,20,187,152,137,
    66,65,74,4,132,149,239,153,10,237,183,154,89,165,73,183,73,29,107,119,228,167,177,172,181,20,103,42,84,201,40,247,
    125,165,239,217,53,138,230,146,252,37,116,87,185,247,136,236,255,199,89,207,136,48,106,31,217,126,206,199,58,242,
    158,182,69,45,13,55,251,15,84,59,53,69,93,231,10,243,190,58,50,120,249,20,36,157,234,237,106,150,149,230,189,210,
    182,170,51,218,225,12,168,99,46,130,16,209,11,110,154,39,93,158,182,159,163,229,43,38,182,125,172,125,41,145,88,172,
    135,66,182,104,197,8,133,127,214,116,186,88,178,48,43,165,107,121,55,186,217,204,63,161,37,71,181,32,32,66,82,23,
    219,202,102,114,45,85,89,193,97,95,193,206,157,181,186,246,145,142,67,79,116,94,167,223,55,40,21,215,9,89,30,147,20,
    143,73,182,120,204,179,117,198,46,205,113,238,160,170,244,61,223,45,58,122,121,86,153,62,27,242,33,116,228,149,206,
    32,232,237,45,8,63,167,250,79,105,33,53,154,167,27,207,91,173,112,97,108,247,6,215,234,171,162,22,116,155,4,141,160,
    235,198,185,163,223,148,198,54,177,234,188,201,82,87,170,190,53,89,231,200,11,138,112,145,187,180,138,155,30,47,237,
    185,47,228,202,239,67,122,72,128,75,43,101,157,42,190,234,251,217,104,189,210,83,135,88,27,251,223,51,8,45,119,4,
    211,142,132,174,61,20,127,5,13,99,61,140,197,211,169,142,187,205,121,223,106,167,132,185,150,247,34,150,30,216,4,2,
    211,66,185,110,159,106,95,151,193,9,126,24,49,233,29,181,28,136,245,119,138,91,202,251,222,75,13,237,118,82,167,111,
    61,156,235,181,23,253,178,30,39,5,47,147,71,9,118,177,226,139,89,88,224,78,187,67,107,17,132,78,73,172,143,72,57,90,
    150,57,239,127,165,156,247,105,110,28,138,78,122,114,121,145,207,2,210,97,152,174,129,109,214,108,8,123,215,70,97,
    172,118,40,163,117,196,24,154,56,28,182,105,32,227,222,243,240,21,221,155,205,31,23,59,91,161,94,173,53,243,169,215,
    151,74,233,84,165,135,19,15,33,122,211,73,109,123,36,162,156,99,130,138,182,176,104,15,154,170,18,228,226,139,206,
    216,146,142,229,194,110,134,252,112,170,64,0,
};
static const Layer convolution_4 = {
    .bias = convolution_4_bias, .multiplier = convolution_4_multiplier, .shift = convolution_4_shift,
    .codes = convolution_4_codes, .rows = 16, .columns = 126, .height = 4, .width = 4, .channels = 14, .out_height = 1,
    .out_width = 1, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -124, .output_zero = -125, .low = -125, .high = 127
};

static const int32_t dense_5_bias[10] = {
    -1593,-1512,-879,-1109,-1375,-1153,-1399,-1379,-871,-879,
};
static const int32_t dense_5_multiplier[1] = {
    1134644088,
};
static const int8_t dense_5_shift[1] = {
    3,
};
static const uint8_t dense_5_codes[60] = {
    106,52,127,119,73,39,98,88,201,69,31,123,207,16,231,81,61,4,155,125,190,159,215,175,94,234,36,184,144,214,99,75,44,
    141,179,59,201,125,19,90,39,12,165,66,119,166,190,75,172,221,196,237,68,239,253,229,8,160,128,0,
};
static const Layer dense_5 = {
    .bias = dense_5_bias, .multiplier = dense_5_multiplier, .shift = dense_5_shift, .codes = dense_5_codes, .rows = 10,
    .columns = 16, .input_zero = -125, .output_zero = 9, .low = -128, .high = 127
};

static int32_t words[747];
int8_t *const model_2500b_input = (int8_t *)words + 2196;
const int8_t *const model_2500b_output = (const int8_t *)words;

void model_2500b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    rows_1(scratch + 2196, scratch + 1548, words);
    convolution_coded(&convolution_2, scratch + 1548, scratch + 468, scratch);
    max_pooled_convolution_coded(&convolution_3, scratch + 468, scratch + 2428, scratch + 1924, words + 467);
    mean_pooled_convolution_coded(&convolution_4, scratch + 2428, scratch + 568, scratch + 64, words, -500, 1455746127, 1, -125);
    dense_coded(&dense_5, scratch + 568, scratch);
}
