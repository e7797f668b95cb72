/* 400B-2.tflite in C; made by a generator, do not edit. How to use it: model_400b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D: coded, 33 bytes for 100 weights
   - layer 1, operator CONV_2D: coded, 59 bytes for 180 weights
   - layer 2, operator CONV_2D: coded, 77 bytes for 225 weights
   - layer 4, operator FULLY_CONNECTED: coded, 149 bytes for 450 weights
*/
#include "model_400b.h"

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
    const int32_t *multiplier; /* of each output channel, over 2^31 */
    const int8_t *shift;       /* right, after the multiplication */
    const uint8_t *codes;
    const int8_t *values; /* weights, or tables of them */
    const COUNT *counts;  /* weights stored of each row */
    DIMENSION table_step; /* from one row's table to the next */
    DIMENSION height, width, channels, rows, columns;
    DIMENSION kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x;
    DIMENSION out_height, out_width;
    int8_t input_zero, output_zero, low, high;
} Layer;

static inline int8_t requantize(const Layer *l, int32_t c, int32_t sum)
{
    return clamp(scale(sum, l->multiplier[c], l->shift[c]) + l->output_zero, l->low, l->high);
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
static const int8_t code_values[] = {-1, 0, 1, -3, -2, 2, 3};
static const uint16_t code_ends[] = {12, 12, 16};
static const int16_t code_offsets[] = {0, -3, -9};

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

#define PATCH 45

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

static const int32_t convolution_1_bias[4] = {
    -245,-1154,-564,-1055,
};
static const int32_t convolution_1_multiplier[4] = {
    1586032741,1586032741,1586032741,1586032741,
};
static const int8_t convolution_1_shift[4] = {
    3,3,3,3,
};
static const uint8_t convolution_1_codes[33] = {
    161,174,230,69,115,52,21,70,97,167,27,48,51,27,10,165,118,151,90,49,64,235,113,204,199,167,48,144,198,157,154,224,0,
};
static const Layer convolution_1 = {
    .bias = convolution_1_bias, .multiplier = convolution_1_multiplier, .shift = convolution_1_shift,
    .codes = convolution_1_codes, .rows = 4, .columns = 25, .height = 28, .width = 28, .channels = 1, .out_height = 12,
    .out_width = 12, .kernel_y = 5, .kernel_x = 5, .stride_y = 2, .stride_x = 2, .input_zero = -128,
    .output_zero = -97, .low = -97, .high = 127
};

static const int32_t convolution_2_bias[5] = {
    -1705,932,-2365,106,-55,
};
static const int32_t convolution_2_multiplier[5] = {
    2030961408,2030961408,2030961408,2030961408,2030961408,
};
static const int8_t convolution_2_shift[5] = {
    3,3,3,3,3,
};
static const uint8_t convolution_2_codes[59] = {
    49,28,84,107,13,115,83,74,1,50,28,155,126,118,149,35,228,245,60,72,119,212,254,53,119,76,211,57,19,83,49,217,173,
    197,48,102,216,115,157,203,91,150,254,160,172,43,26,75,66,82,131,141,62,210,71,129,232,84,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 5, .columns = 36, .height = 12, .width = 12, .channels = 4, .out_height = 5,
    .out_width = 5, .kernel_y = 3, .kernel_x = 3, .stride_y = 2, .stride_x = 2, .input_zero = -97, .output_zero = -105,
    .low = -105, .high = 127
};

static const int32_t convolution_3_bias[5] = {
    1101,-465,1309,306,-178,
};
static const int32_t convolution_3_multiplier[5] = {
    1289389864,1289389864,1289389864,1289389864,1289389864,
};
static const int8_t convolution_3_shift[5] = {
    2,2,2,2,2,
};
static const uint8_t convolution_3_codes[77] = {
    25,122,151,171,123,185,225,229,42,222,196,115,24,232,174,67,144,30,143,222,81,140,135,48,53,89,226,237,236,223,213,
    174,14,127,94,228,70,222,142,215,182,210,140,63,121,62,141,225,30,178,119,176,150,230,120,91,183,203,30,213,24,180,
    103,68,71,135,158,222,65,151,99,132,190,93,231,45,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 5, .columns = 45, .height = 5, .width = 5, .channels = 5, .out_height = 3,
    .out_width = 3, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -105,
    .output_zero = -115, .low = -115, .high = 127
};

static const int32_t dense_4_bias[10] = {
    -1837,-1148,-779,-1253,-1776,-787,-1522,-2052,-830,-2309,
};
static const int32_t dense_4_multiplier[10] = {
    1209010221,1209010221,1209010221,1209010221,1209010221,1209010221,1209010221,1209010221,1209010221,1209010221,
};
static const int8_t dense_4_shift[10] = {
    3,3,3,3,3,3,3,3,3,3,
};
static const uint8_t dense_4_codes[149] = {
    40,24,193,205,210,122,92,178,69,206,35,247,119,124,249,34,65,157,110,249,3,86,112,33,68,21,52,71,171,27,157,225,30,
    64,0,102,163,179,172,20,211,172,223,140,74,215,42,145,200,123,56,41,117,89,115,139,24,119,167,78,44,254,70,220,88,
    201,173,45,195,121,134,140,213,168,39,135,68,227,167,110,119,31,131,99,18,55,46,78,77,222,182,0,135,200,222,222,220,
    90,86,199,72,69,179,30,225,85,107,92,112,67,27,4,35,30,247,43,181,36,117,197,29,221,246,169,110,188,55,250,127,67,
    119,113,93,160,205,221,12,51,22,186,180,85,53,114,125,169,163,64,0,
};
static const Layer dense_4 = {
    .bias = dense_4_bias, .multiplier = dense_4_multiplier, .shift = dense_4_shift, .codes = dense_4_codes, .rows = 10,
    .columns = 45, .input_zero = -115, .output_zero = 29, .low = -128, .high = 127
};

static int32_t words[240];
int8_t *const model_400b_input = (int8_t *)words + 16;
const int8_t *const model_400b_output = (const int8_t *)words + 45;

void model_400b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    convolution_coded(&convolution_1, scratch + 16, scratch, scratch + 800);
    convolution_coded(&convolution_2, scratch, scratch, scratch + 576);
    convolution_coded(&convolution_3, scratch, scratch, scratch + 128);
    dense_coded(&dense_4, scratch, scratch + 45);
}
