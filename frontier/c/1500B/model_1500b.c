/* 1500B-1.tflite in C; made by a generator, do not edit. How to use it: model_1500b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D, and layer 1, operator MAX_POOL_2D: coded, 26 bytes for 72 weights
   - layer 2, operator CONV_2D, and layer 3, operator MAX_POOL_2D: coded, 286 bytes for 864 weights
   - layer 4, operator CONV_2D: coded, 569 bytes for 1,728 weights
   - layer 6, operator FULLY_CONNECTED: coded, 479 bytes for 1,440 weights
*/
#include "model_1500b.h"

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

typedef int16_t DIMENSION;

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

/* Weights in Huffman codes, of 2 to 4 bits: the weights in the order of their codes; for each length where its codes
   end, as if they were of the longest; and the place of its first weight, less its first code. */
static const int8_t code_values[] = {-1, 0, -2, 1, 2, -3, 3};
static const uint16_t code_ends[] = {8, 14, 16};
static const int16_t code_offsets[] = {0, -2, -9};

typedef struct {
    const uint8_t *next;
    uint32_t bits; /* the next 4 of them and more, the first one highest */
    int32_t held;  /* how many */
} Coded;

static int32_t next_weight(Coded *coded)
{
    int32_t length = 2;
    for (; coded->held < 4; coded->held += 8)
        coded->bits |= (uint32_t)*coded->next++ << (24 - coded->held);
    const int32_t code = (int32_t)(coded->bits >> 28);
    while (code >= code_ends[length - 2])
        length++;
    coded->bits <<= length;
    coded->held -= length;
    return code_values[code_offsets[length - 2] + (code >> (4 - length))];
}

#define PATCH 108

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

static const int32_t rows_1_convolution_1_bias[8] = {
    -398,-559,-17,-504,-18,-356,-512,466,
};
static const int32_t rows_1_convolution_1_multiplier[1] = {
    1302988805,
};
static const int8_t rows_1_convolution_1_shift[1] = {
    2,
};
static const uint8_t rows_1_convolution_1_codes[26] = {
    148,201,253,14,52,239,210,237,137,35,72,75,5,144,46,213,140,44,185,187,174,157,27,85,109,0,
};
static const Layer rows_1_convolution_1 = {
    .bias = rows_1_convolution_1_bias, .multiplier = rows_1_convolution_1_multiplier,
    .shift = rows_1_convolution_1_shift, .codes = rows_1_convolution_1_codes, .rows = 8, .columns = 9, .height = 4,
    .width = 28, .channels = 1, .out_height = 1, .out_width = 13, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128,
    .output_zero = -104, .low = -104, .high = 127
};

static const int32_t rows_1_convolution_2_bias[12] = {
    -882,-1644,-936,-2706,93,667,-129,-2183,-2058,-1522,-1071,-1044,
};
static const int32_t rows_1_convolution_2_multiplier[1] = {
    1618418363,
};
static const int8_t rows_1_convolution_2_shift[1] = {
    3,
};
static const uint8_t rows_1_convolution_2_codes[286] = {
    165,107,10,94,43,47,145,107,254,113,36,203,211,211,33,42,218,118,158,60,246,57,179,6,47,61,164,199,50,181,178,41,79,
    239,134,159,59,232,247,206,50,33,108,215,13,203,140,180,180,146,148,180,161,101,138,100,249,154,208,98,52,220,201,
    116,210,155,19,162,236,53,66,172,52,152,151,180,151,187,79,2,64,179,157,41,66,81,65,149,44,121,109,240,210,173,229,
    52,88,138,214,136,214,138,213,161,69,111,41,87,70,153,185,108,75,101,179,6,21,160,131,85,181,181,45,90,38,212,69,20,
    90,53,83,53,203,70,22,21,19,224,227,70,45,18,173,1,107,66,37,145,210,217,152,204,235,65,174,44,165,178,224,27,150,
    37,215,10,160,180,0,20,104,137,207,96,30,254,168,89,133,13,212,65,221,120,70,196,44,55,89,71,72,246,47,175,203,47,
    105,108,20,238,40,222,231,150,242,235,214,205,110,235,64,236,248,149,81,41,90,197,137,116,203,79,224,173,20,128,89,
    186,103,55,136,219,97,121,47,159,75,77,40,222,74,149,236,126,168,114,214,96,52,18,9,108,22,217,121,126,134,235,74,
    82,183,175,214,111,117,56,218,61,59,174,215,119,119,255,189,220,142,146,28,123,252,57,205,164,241,167,224,0,
};
static const Layer rows_1_convolution_2 = {
    .bias = rows_1_convolution_2_bias, .multiplier = rows_1_convolution_2_multiplier,
    .shift = rows_1_convolution_2_shift, .codes = rows_1_convolution_2_codes, .rows = 12, .columns = 72, .height = 4,
    .width = 13, .channels = 8, .out_height = 1, .out_width = 5, .kernel_y = 3, .kernel_x = 3, .stride_y = 1,
    .stride_x = 1, .pool_y = 2, .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -104,
    .output_zero = -105, .low = -105, .high = 127
};

/* Row by row: layer 0, operator CONV_2D, and layer 1, operator MAX_POOL_2D; layer 2, operator CONV_2D, and layer 3, operator MAX_POOL_2D.
   A turn makes a row of each whose rows of input are there. */
static void rows_1(const int8_t *input, int8_t *output, int32_t *words)
{
    int8_t *const scratch = (int8_t *)words;
    for (int32_t turn = 0; turn < 26; turn++) {
        int8_t *line;
        if (turn >= 3 && (turn - 3) % 2 == 0) {
            line = next_line(scratch, 416, 104);
            max_pooled_convolution_coded(&rows_1_convolution_1, input + (turn - 3) * 28, line, scratch + 448, words + 104);
        }
        if (turn >= 9 && (turn - 9) % 4 == 0) {
            max_pooled_convolution_coded(&rows_1_convolution_2, scratch, output, scratch + 464, words + 104);
            output += 60;
        }
    }
}

static const int32_t convolution_2_bias[16] = {
    175,-1603,-312,135,-1032,-1027,176,859,2166,-836,-3160,-913,-1986,-613,1334,-1493,
};
static const int32_t convolution_2_multiplier[1] = {
    1187701473,
};
static const int8_t convolution_2_shift[1] = {
    3,
};
static const uint8_t convolution_2_codes[569] = {
    141,187,70,154,181,46,95,126,123,47,79,190,255,22,38,65,117,6,165,114,188,182,38,167,55,171,149,20,42,219,68,25,144,
    226,133,173,83,237,85,5,72,148,34,103,43,70,86,202,80,139,107,187,14,200,106,95,62,83,188,162,196,234,57,25,27,59,
    139,59,251,180,47,97,171,27,55,22,170,218,131,114,173,18,53,41,128,57,191,74,1,91,179,219,54,217,78,25,227,223,49,
    27,126,94,252,34,95,55,16,180,23,106,147,41,37,44,13,89,105,94,163,62,188,91,198,38,45,228,170,117,118,140,190,84,
    139,173,204,213,47,253,107,54,149,252,115,24,85,197,229,173,165,171,149,109,181,20,143,117,165,25,148,22,177,61,22,
    186,160,89,122,133,219,165,172,215,37,229,194,246,122,100,128,32,173,150,219,104,131,45,216,83,234,245,109,109,64,
    161,173,180,35,172,121,123,182,179,92,173,92,68,139,181,154,113,57,239,175,46,132,173,108,107,3,12,100,48,181,71,22,
    28,215,218,191,36,182,90,100,157,39,141,165,164,171,86,237,71,82,248,122,203,184,110,155,43,110,170,221,2,140,150,
    181,118,223,211,235,70,217,26,57,74,200,36,22,191,115,9,30,58,131,101,174,105,11,165,187,123,115,239,23,235,101,113,
    22,229,152,246,90,18,181,197,43,85,181,12,186,234,202,87,86,251,173,145,91,197,207,25,203,107,126,26,174,247,134,66,
    102,229,43,53,44,26,51,171,208,107,59,142,159,91,18,220,0,173,102,164,173,86,247,188,90,212,77,110,2,181,162,101,
    151,59,234,127,37,107,111,172,10,192,138,40,172,98,32,53,150,58,179,183,216,147,12,149,75,106,255,8,23,166,230,114,
    7,176,133,162,18,165,62,197,190,92,186,156,31,22,30,133,89,196,50,21,88,17,59,137,73,78,177,51,145,136,107,87,55,
    106,172,182,181,228,206,219,218,245,11,92,181,173,20,21,181,85,231,159,182,128,230,202,198,243,74,41,83,141,193,55,
    96,150,130,229,0,188,200,205,221,91,24,99,85,66,81,106,154,138,181,114,143,128,219,23,202,213,159,197,245,88,150,2,
    37,251,94,103,53,221,123,0,91,251,158,244,190,207,108,90,151,8,86,217,27,155,52,98,218,133,211,121,33,214,175,158,
    71,71,137,242,221,183,124,31,179,54,14,10,106,75,46,155,238,104,115,230,208,45,1,74,153,108,213,45,26,211,48,30,197,
    105,220,118,45,115,175,32,86,124,167,35,171,51,82,142,117,102,171,165,30,122,61,124,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 16, .columns = 108, .height = 5, .width = 5, .channels = 12, .out_height = 3,
    .out_width = 3, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -105,
    .output_zero = -112, .low = -112, .high = 127
};

static const int32_t dense_3_bias[10] = {
    -6748,-7495,-3266,-4909,-4705,-4402,-5430,-7045,-1546,-4923,
};
static const int32_t dense_3_multiplier[1] = {
    1192293564,
};
static const int8_t dense_3_shift[1] = {
    4,
};
static const uint8_t dense_3_codes[479] = {
    84,234,17,165,232,112,156,112,39,65,162,36,122,49,235,22,189,111,4,84,234,96,74,146,141,109,178,217,89,205,172,9,
    122,216,142,198,239,82,94,186,8,126,205,135,207,207,19,255,51,69,104,74,189,246,60,54,213,215,113,35,17,18,22,244,
    233,96,75,81,47,36,121,172,16,119,19,180,125,90,214,206,71,138,213,138,117,91,57,163,11,94,175,89,62,80,214,194,182,
    90,54,219,9,214,217,116,234,13,87,25,141,154,13,168,148,172,18,24,178,180,175,57,233,149,206,103,89,113,92,218,37,0,
    73,75,95,121,233,38,231,78,92,77,196,239,114,247,187,49,17,167,116,143,96,85,16,22,207,173,109,82,133,37,37,161,108,
    233,77,52,117,72,137,10,211,124,196,90,133,140,230,185,2,173,24,231,51,158,22,175,127,202,194,73,235,2,68,164,95,
    180,101,142,109,3,109,199,80,180,244,159,175,37,115,122,76,211,22,88,177,104,99,117,224,224,20,50,203,105,240,91,
    252,8,58,16,142,212,25,206,58,28,107,183,112,69,149,172,45,85,225,93,5,65,55,90,186,58,189,39,248,67,87,39,53,167,
    10,107,46,81,47,13,40,54,244,53,59,155,105,72,45,143,57,212,140,170,168,104,210,73,218,164,183,166,52,143,216,156,
    227,153,75,117,91,198,122,218,223,224,183,155,197,100,183,237,132,40,85,153,22,146,21,131,213,226,217,27,213,128,56,
    177,12,228,68,35,169,218,177,122,119,92,213,234,4,182,51,145,161,193,219,68,155,143,133,9,117,76,112,65,181,201,30,
    75,73,121,213,7,172,180,143,9,86,12,159,30,108,161,127,175,92,194,91,173,127,167,92,115,120,251,91,208,93,170,214,
    139,161,107,125,64,25,149,109,160,4,10,59,62,141,81,151,144,75,72,13,4,183,236,209,78,89,91,126,23,175,24,235,212,
    116,191,196,49,22,143,227,215,142,45,200,121,78,101,195,241,177,190,113,29,211,58,198,163,200,112,182,229,167,12,
    169,229,17,104,176,28,92,112,42,75,108,148,241,177,253,186,10,26,82,51,88,102,113,120,140,19,122,116,0,
};
static const Layer dense_3 = {
    .bias = dense_3_bias, .multiplier = dense_3_multiplier, .shift = dense_3_shift, .codes = dense_3_codes, .rows = 10,
    .columns = 144, .input_zero = -112, .output_zero = 24, .low = -128, .high = 127
};

static int32_t words[411];
int8_t *const model_1500b_input = (int8_t *)words + 860;
const int8_t *const model_1500b_output = (const int8_t *)words;

void model_1500b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    rows_1(scratch + 860, scratch + 860, words);
    convolution_coded(&convolution_2, scratch + 860, scratch + 432, scratch);
    dense_coded(&dense_3, scratch + 432, scratch);
}
