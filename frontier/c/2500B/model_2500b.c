/* 2500B-3.tflite in C; made by a generator, do not edit. How to use it: model_2500b.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D, and layer 1, operator MAX_POOL_2D: coded, 27 bytes for 72 weights
   - layer 2, operator CONV_2D: coded, 338 bytes for 1,008 weights
   - layer 3, operator CONV_2D, and layer 4, operator MAX_POOL_2D: coded, 828 bytes for 2,520 weights
   - layer 6, operator FULLY_CONNECTED: coded, 1,052 bytes for 3,200 weights
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
static const int8_t code_values[] = {-1, 0, -3, -2, 1, 2, 3};
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

static const int32_t convolution_1_bias[8] = {
    -596,-146,-358,-97,-35,-183,-100,429,
};
static const int32_t convolution_1_multiplier[1] = {
    1412496932,
};
static const int8_t convolution_1_shift[1] = {
    2,
};
static const uint8_t convolution_1_codes[27] = {
    187,172,218,192,67,174,237,211,138,86,210,231,246,196,224,236,189,31,102,93,219,54,221,178,174,64,0,
};
static const Layer convolution_1 = {
    .bias = convolution_1_bias, .multiplier = convolution_1_multiplier, .shift = convolution_1_shift,
    .codes = convolution_1_codes, .rows = 8, .columns = 9, .height = 28, .width = 28, .channels = 1, .out_height = 13,
    .out_width = 13, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -105, .low = -105, .high = 127
};

static const int32_t convolution_2_bias[14] = {
    -1140,-638,117,-1473,-65,-633,-1718,-22,-2322,-3056,-1417,-2245,118,-1477,
};
static const int32_t convolution_2_multiplier[1] = {
    1263144254,
};
static const int8_t convolution_2_shift[1] = {
    3,
};
static const uint8_t convolution_2_codes[338] = {
    232,61,87,170,21,31,205,194,151,46,126,93,205,125,144,193,124,221,174,219,31,245,249,76,67,114,40,109,174,192,228,
    117,94,197,71,13,205,61,163,170,231,96,70,243,171,122,254,76,224,85,188,40,117,198,207,166,212,68,83,47,34,118,199,
    241,127,173,226,207,234,20,219,154,115,84,102,174,231,77,83,174,196,191,130,16,238,73,158,67,121,15,254,25,56,122,
    201,218,95,104,228,81,50,243,83,151,131,11,178,166,220,174,121,206,231,74,46,89,20,125,1,77,91,157,192,174,236,97,
    127,184,188,188,116,18,240,203,139,173,219,57,92,243,132,147,246,134,201,155,218,105,149,189,173,48,231,112,97,232,
    68,51,195,41,58,245,216,112,66,246,113,134,115,197,113,110,95,121,155,191,104,38,220,93,23,128,228,238,171,131,186,
    89,158,168,79,243,56,250,222,206,59,54,66,61,246,104,56,73,167,58,38,155,181,188,213,112,116,242,169,166,114,53,90,
    230,231,57,136,42,205,192,129,23,87,82,34,105,177,85,12,229,34,178,12,217,21,76,67,103,102,189,158,248,46,111,5,174,
    76,64,57,206,131,94,117,161,55,45,217,83,213,63,57,16,230,155,190,90,110,58,234,238,36,242,31,126,206,161,66,235,53,
    142,250,72,118,106,242,52,94,203,50,98,232,188,189,209,84,239,51,118,218,59,85,195,139,221,198,86,189,154,23,123,
    111,147,123,68,45,188,197,29,145,29,155,134,195,182,230,199,122,201,123,250,128,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 14, .columns = 72, .height = 13, .width = 13, .channels = 8,
    .out_height = 11, .out_width = 11, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .input_zero = -105,
    .output_zero = -108, .low = -108, .high = 127
};

static const int32_t convolution_3_bias[20] = {
    -5605,-3863,-2167,-7701,759,-2795,-2446,-6714,-1377,-3699,-2649,-5286,-12,-5511,526,-5900,-4549,-2866,-2369,-1636,
};
static const int32_t convolution_3_multiplier[1] = {
    1400880618,
};
static const int8_t convolution_3_shift[1] = {
    3,
};
static const uint8_t convolution_3_codes[828] = {
    206,50,21,105,151,170,134,169,125,27,184,27,41,252,5,92,41,167,140,48,237,199,29,72,75,206,37,103,205,14,241,56,179,
    161,15,250,242,90,75,39,252,239,132,32,1,102,252,220,59,57,82,183,43,217,58,72,255,117,177,72,108,56,218,100,60,45,
    206,22,60,145,95,2,165,28,29,238,3,165,53,31,113,142,31,33,178,147,14,97,115,179,60,203,3,60,83,59,42,227,89,120,
    206,168,14,166,50,136,119,20,206,88,142,74,237,179,149,20,107,219,171,174,202,14,186,58,174,117,217,3,141,178,87,38,
    118,168,77,184,42,92,103,2,186,91,144,76,100,169,2,71,145,18,124,41,50,182,91,66,138,203,24,37,145,91,54,120,21,236,
    100,92,139,217,59,33,200,157,145,162,122,133,241,81,16,7,47,32,240,7,118,57,23,182,23,213,193,81,23,151,97,51,132,
    236,108,175,47,37,18,7,108,251,110,116,237,175,118,114,242,34,118,205,128,41,211,156,218,238,27,167,47,66,254,117,
    41,203,86,152,122,60,185,21,107,40,131,24,117,217,238,81,90,168,24,198,87,86,160,34,35,106,110,92,222,16,166,104,
    156,8,204,81,231,71,177,105,252,217,30,223,175,115,139,56,93,215,183,56,186,93,180,80,162,78,131,46,152,41,9,122,
    141,251,70,73,137,8,77,63,19,35,141,117,242,157,184,120,39,182,190,116,250,92,62,71,255,206,233,48,137,219,167,113,
    60,180,157,180,54,6,186,241,133,28,225,59,196,86,222,57,253,214,230,228,180,189,139,179,182,67,178,128,42,51,248,32,
    103,244,157,181,7,59,37,228,114,211,47,195,227,93,205,115,130,228,53,160,53,55,166,168,31,58,62,173,185,120,173,200,
    198,211,179,175,81,160,156,109,191,150,4,188,61,157,89,153,127,140,5,250,161,216,203,198,219,4,2,102,215,116,34,157,
    139,189,210,238,70,243,54,217,149,170,92,231,90,7,213,124,221,115,230,68,67,107,51,224,181,28,206,124,236,71,6,152,
    111,109,134,186,244,215,14,17,107,51,152,171,229,161,95,76,94,234,64,90,20,84,134,73,111,119,77,109,103,87,187,103,
    70,232,77,183,216,186,121,76,119,147,166,20,49,118,121,202,138,38,213,54,222,39,93,171,234,53,109,239,206,93,150,
    179,117,117,59,100,211,186,14,61,164,78,238,213,59,96,110,216,165,199,246,102,201,71,85,0,107,13,182,149,134,53,47,
    113,6,111,193,124,77,154,8,96,213,74,237,111,14,211,73,141,27,240,159,185,227,29,116,103,181,179,92,113,226,139,3,
    118,3,30,243,171,186,175,60,187,64,212,220,238,55,87,57,27,175,121,66,61,135,47,245,112,195,27,231,161,162,245,27,
    255,169,208,85,217,118,112,11,55,93,61,185,88,179,61,90,242,68,121,195,81,179,27,224,181,13,144,92,13,232,159,28,
    224,98,205,211,116,36,235,140,108,92,179,27,3,171,134,226,130,88,210,163,141,94,21,117,202,69,128,25,57,17,18,150,
    186,241,218,140,194,231,108,200,144,104,115,148,235,80,194,189,80,92,171,169,110,206,75,177,30,156,46,155,158,181,
    221,64,189,198,180,118,186,185,229,23,250,140,184,80,238,235,180,114,177,162,127,28,249,163,122,235,72,92,230,214,
    190,94,14,37,147,111,123,191,18,33,226,162,187,0,27,135,35,212,217,238,27,147,174,205,87,100,1,188,34,40,42,115,175,
    40,195,105,194,29,213,213,119,4,59,85,189,140,41,128,147,202,235,185,136,148,215,57,68,16,29,176,46,156,35,149,232,
    15,51,25,198,14,121,190,101,162,232,131,140,159,7,126,156,243,128,23,244,92,224,86,246,142,0,
};
static const Layer convolution_3 = {
    .bias = convolution_3_bias, .multiplier = convolution_3_multiplier, .shift = convolution_3_shift,
    .codes = convolution_3_codes, .rows = 20, .columns = 126, .height = 11, .width = 11, .channels = 14,
    .out_height = 4, .out_width = 4, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .pool_y = 2,
    .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -108, .output_zero = -111, .low = -111,
    .high = 127
};

static const int32_t dense_4_bias[10] = {
    -13299,-13426,-5231,-8730,-9884,-8458,-12250,-9533,-4025,-13003,
};
static const int32_t dense_4_multiplier[1] = {
    1452607820,
};
static const int8_t dense_4_shift[1] = {
    5,
};
static const uint8_t dense_4_codes[1052] = {
    181,114,100,27,187,27,5,184,29,205,105,192,52,4,195,200,59,34,42,90,199,181,14,186,14,183,113,140,46,170,117,188,
    143,1,146,160,140,53,87,14,90,57,104,59,114,176,44,187,167,208,210,118,51,166,117,150,233,177,29,139,131,52,161,28,
    224,68,205,171,135,144,253,173,100,145,232,119,51,67,151,108,27,18,29,13,29,87,62,252,101,162,113,179,118,115,166,
    156,110,38,123,174,233,27,58,126,245,134,187,3,166,180,192,56,219,183,49,48,157,48,117,55,236,69,220,222,131,56,59,
    176,152,121,186,230,162,56,160,2,56,205,134,238,214,58,171,173,38,171,204,145,13,130,152,213,118,172,75,224,64,136,
    174,214,59,96,237,120,177,219,50,37,193,135,70,246,204,150,171,169,113,116,193,182,184,212,117,180,109,85,104,206,
    118,15,235,76,171,12,97,206,245,155,13,36,203,130,215,149,34,229,245,213,181,236,133,107,76,57,112,179,150,80,121,
    23,61,87,99,84,170,90,167,139,233,93,34,136,27,234,126,214,55,27,34,246,187,85,160,143,228,78,28,215,39,1,134,231,
    246,192,185,216,164,228,189,215,45,172,23,179,117,121,117,53,2,239,216,109,252,55,106,40,184,68,252,137,30,47,185,
    121,201,94,197,157,115,220,235,173,215,202,216,163,191,246,45,243,173,44,196,123,255,181,77,129,109,101,119,237,239,
    244,143,250,90,213,170,59,30,164,230,96,77,107,186,241,147,55,34,138,115,121,203,198,220,110,14,8,113,66,144,165,
    139,46,253,213,162,205,104,0,62,166,166,46,42,136,109,121,216,232,180,254,114,149,193,147,160,91,124,102,217,184,94,
    4,65,46,85,212,194,149,215,138,135,108,239,181,107,182,1,50,229,234,138,121,170,36,231,119,220,45,51,49,177,131,211,
    53,54,6,236,229,243,119,35,172,100,127,33,217,220,38,53,194,9,230,221,230,89,213,141,205,243,191,189,4,242,194,118,
    172,125,198,75,181,182,113,55,155,142,84,93,11,170,166,118,217,53,212,154,250,127,46,114,186,218,53,103,102,165,39,
    107,100,208,238,22,228,54,222,14,153,195,81,193,206,106,79,37,206,203,77,140,161,137,177,50,67,112,145,152,213,67,
    89,183,108,229,86,183,98,219,222,103,39,89,2,235,45,60,241,12,205,109,45,148,247,201,46,245,46,166,130,70,218,68,
    117,56,194,234,21,93,104,78,87,13,204,195,35,36,254,111,183,118,155,116,203,112,183,41,64,77,70,174,76,160,24,170,
    48,68,114,41,132,218,195,235,189,157,236,219,43,78,19,208,206,47,170,225,200,37,85,216,117,76,87,44,49,178,238,23,
    236,54,179,63,157,158,235,132,51,166,216,188,63,198,118,170,76,100,244,252,110,87,146,38,206,47,187,178,58,66,77,
    231,91,15,224,72,40,143,83,173,229,165,147,102,151,74,135,140,11,123,38,154,107,118,182,2,246,119,205,218,218,163,
    117,115,70,241,60,138,225,92,211,66,209,27,131,103,176,114,154,107,77,13,217,7,233,205,147,38,218,11,32,48,228,203,
    149,82,13,37,217,1,118,90,1,157,181,118,59,187,20,167,62,131,131,56,162,201,136,225,195,182,203,91,2,27,144,31,238,
    230,55,42,188,236,238,236,147,93,185,213,201,146,126,207,10,247,101,23,153,217,94,49,187,44,78,211,47,119,172,118,
    83,111,106,220,28,155,34,187,19,241,179,177,219,84,106,76,213,229,53,170,130,26,174,227,170,160,231,81,135,32,196,
    113,146,234,224,127,27,161,107,200,68,149,222,61,91,185,240,45,202,231,56,170,222,109,55,84,89,199,215,180,146,19,
    61,198,36,179,109,100,146,123,221,115,152,97,178,75,126,113,26,104,139,165,137,243,217,164,213,81,120,85,80,117,216,
    137,220,180,3,101,138,212,217,202,38,200,237,129,216,1,215,101,59,96,59,83,84,188,94,127,101,54,166,105,57,185,112,
    215,147,96,110,208,217,116,123,80,50,127,1,251,129,218,174,7,203,133,81,112,186,151,88,231,169,55,46,81,22,87,219,
    104,175,107,179,185,55,8,59,232,234,92,92,138,220,249,157,72,144,221,133,207,158,90,8,27,242,248,255,98,129,239,4,
    168,59,234,106,166,88,210,211,187,117,232,240,44,214,144,219,186,142,57,193,136,5,219,74,183,42,211,11,180,206,178,
    222,188,185,71,114,27,89,221,53,27,201,179,133,35,193,156,109,80,210,202,115,128,121,231,48,198,165,111,38,195,217,
    14,222,204,243,87,56,90,77,180,198,172,217,97,11,58,141,52,92,246,197,6,228,12,202,46,196,180,254,87,119,16,81,178,
    67,156,61,187,77,138,91,99,243,171,44,240,0,
};
static const Layer dense_4 = {
    .bias = dense_4_bias, .multiplier = dense_4_multiplier, .shift = dense_4_shift, .codes = dense_4_codes, .rows = 10,
    .columns = 320, .input_zero = -111, .output_zero = 28, .low = -128, .high = 127
};

static int32_t words[591];
int8_t *const model_2500b_input = (int8_t *)words + 1208;
const int8_t *const model_2500b_output = (const int8_t *)words + 320;

void model_2500b_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    max_pooled_convolution_coded(&convolution_1, scratch + 1208, scratch + 560, scratch + 32, words);
    convolution_coded(&convolution_2, scratch + 560, scratch, scratch + 1912);
    max_pooled_convolution_coded(&convolution_3, scratch, scratch, scratch + 1776, words + 424);
    dense_coded(&dense_4, scratch, scratch + 320);
}
