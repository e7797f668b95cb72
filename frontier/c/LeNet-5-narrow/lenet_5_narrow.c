/* LeNet-5-narrow-3.tflite in C; made by a generator, do not edit. How to use it: lenet_5_narrow.h.

   Each layer, with the encoding of its weights where it has any:
   - layer 0, operator CONV_2D, and layer 1, operator MAX_POOL_2D: coded, 60 bytes for 175 weights
   - layer 2, operator CONV_2D, and layer 3, operator MAX_POOL_2D: coded, 592 bytes for 1,925 weights
   - layer 5, operator FULLY_CONNECTED: coded, 672 bytes for 2,992 weights
   - layer 6, operator FULLY_CONNECTED: coded, 60 bytes for 170 weights
*/
#include "lenet_5_narrow.h"

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

/* Weights in Huffman codes, of 1 to 5 bits: the weights in the order of their codes; for each length where its codes
   end, as if they were of the longest; and the place of its first weight, less its first code. */
static const int8_t code_values[] = {0, -2, -1, 1, 2, -3, 3};
static const uint16_t code_ends[] = {16, 16, 28, 30, 32};
static const int16_t code_offsets[] = {0, -1, -3, -10, -25};

typedef struct {
    const uint8_t *next;
    uint32_t bits; /* the next 5 of them and more, the first one highest */
    int32_t held;  /* how many */
} Coded;

static int32_t next_weight(Coded *coded)
{
    int32_t length = 1;
    for (; coded->held < 5; coded->held += 8)
        coded->bits |= (uint32_t)*coded->next++ << (24 - coded->held);
    const int32_t code = (int32_t)(coded->bits >> 27);
    while (code >= code_ends[length - 1])
        length++;
    coded->bits <<= length;
    coded->held -= length;
    return code_values[code_offsets[length - 1] + (code >> (5 - length))];
}

#define PATCH 175

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

static const int32_t convolution_1_bias[7] = {
    -164,-364,-1764,-964,-336,-1284,-1656,
};
static const int32_t convolution_1_multiplier[1] = {
    1913574842,
};
static const int8_t convolution_1_shift[1] = {
    3,
};
static const uint8_t convolution_1_codes[60] = {
    214,150,54,174,230,237,110,182,135,188,119,108,223,203,90,172,121,137,49,124,219,123,205,147,209,219,111,74,89,39,
    176,153,182,202,116,243,116,189,77,160,93,100,119,174,219,198,177,181,150,236,218,178,250,189,235,239,71,121,176,0,
};
static const Layer convolution_1 = {
    .bias = convolution_1_bias, .multiplier = convolution_1_multiplier, .shift = convolution_1_shift,
    .codes = convolution_1_codes, .rows = 7, .columns = 25, .height = 28, .width = 28, .channels = 1, .out_height = 12,
    .out_width = 12, .kernel_y = 5, .kernel_x = 5, .stride_y = 1, .stride_x = 1, .pool_y = 2, .pool_x = 2,
    .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -128, .output_zero = -127, .low = -127, .high = 127
};

static const int32_t convolution_2_bias[11] = {
    -5498,-6030,-5151,-6238,-1931,-10454,-3492,-5248,-3142,164,-5637,
};
static const int32_t convolution_2_multiplier[1] = {
    1473093685,
};
static const int8_t convolution_2_shift[1] = {
    3,
};
static const uint8_t convolution_2_codes[592] = {
    244,94,82,134,222,198,207,14,219,194,208,94,190,156,238,222,139,183,123,82,214,91,109,243,91,108,201,53,52,109,179,
    45,42,77,29,239,96,243,182,233,57,179,217,125,180,193,108,187,18,54,207,49,158,6,246,214,197,116,244,254,117,245,
    237,182,93,245,83,148,241,60,212,148,117,247,91,85,158,162,98,219,237,202,244,216,158,213,183,175,222,150,99,23,179,
    45,211,30,178,135,156,139,111,121,78,210,220,213,110,201,149,203,120,6,112,26,218,58,223,105,150,121,53,115,133,92,
    102,247,80,246,153,207,107,156,161,83,3,218,153,12,228,170,237,239,20,140,30,43,89,117,187,42,221,101,166,120,174,
    178,211,85,54,165,185,84,82,180,188,107,20,71,123,221,103,115,74,136,226,251,219,150,251,207,233,235,231,228,93,109,
    85,202,210,53,119,163,132,243,169,53,183,155,23,98,166,234,186,109,60,199,66,213,221,96,107,46,204,172,165,197,243,
    181,214,50,225,203,215,51,26,213,134,117,120,87,64,102,208,230,120,46,42,54,85,198,25,236,152,180,76,214,90,112,203,
    215,221,213,158,202,46,170,68,18,104,14,219,87,112,203,179,39,101,182,246,174,132,165,175,110,69,153,67,91,235,10,
    244,74,122,189,114,19,146,153,94,72,61,30,183,188,122,57,175,172,43,38,241,229,222,60,186,100,174,154,199,177,201,
    121,123,213,250,214,94,162,222,111,89,122,187,73,173,218,251,142,201,141,147,86,87,219,246,21,203,71,21,118,214,91,
    154,211,116,36,218,167,163,130,236,180,219,107,77,86,248,186,95,93,86,176,204,98,11,173,181,114,170,5,151,117,229,
    29,129,152,222,206,230,245,111,231,181,223,224,144,195,202,103,170,182,149,225,59,95,23,55,147,214,234,158,148,207,
    123,65,226,122,2,211,53,91,106,173,141,75,225,236,99,106,198,205,178,177,151,117,212,166,99,155,101,205,175,86,187,
    107,107,119,40,217,109,216,214,238,219,75,27,111,54,207,43,107,17,203,109,33,235,116,201,5,155,41,59,38,86,179,198,
    47,139,151,89,179,214,153,224,210,94,216,177,171,24,40,96,215,106,24,50,151,50,225,142,204,206,207,236,249,180,243,
    89,249,231,47,229,221,125,164,237,125,172,107,123,66,185,110,155,170,233,218,102,165,57,205,61,169,149,117,187,102,
    151,109,207,92,237,234,183,57,109,206,11,139,85,107,66,219,156,87,108,246,42,249,145,101,219,203,239,95,178,28,252,
    130,235,71,189,83,111,121,111,141,103,32,109,30,119,145,238,255,131,51,218,238,207,102,253,177,238,255,168,255,231,
    156,238,0,0,
};
static const Layer convolution_2 = {
    .bias = convolution_2_bias, .multiplier = convolution_2_multiplier, .shift = convolution_2_shift,
    .codes = convolution_2_codes, .rows = 11, .columns = 175, .height = 12, .width = 12, .channels = 7,
    .out_height = 4, .out_width = 4, .kernel_y = 5, .kernel_x = 5, .stride_y = 1, .stride_x = 1, .pool_y = 2,
    .pool_x = 2, .pool_stride_y = 2, .pool_stride_x = 2, .input_zero = -127, .output_zero = -127, .low = -127,
    .high = 127
};

static const int32_t dense_3_bias[17] = {
    -391,-3173,-655,419,2312,-930,39,-851,4313,618,868,430,769,133,964,1207,635,
};
static const int32_t dense_3_multiplier[1] = {
    1478697763,
};
static const int8_t dense_3_shift[1] = {
    3,
};
static const uint8_t dense_3_codes[672] = {
    48,226,171,13,64,1,64,41,149,231,39,140,0,102,0,151,29,112,198,239,228,48,2,244,20,5,58,135,120,96,188,0,171,225,64,
    128,8,1,230,188,212,120,167,90,194,174,162,41,240,74,48,133,181,203,88,198,160,102,29,158,30,1,237,91,32,33,72,2,
    133,241,22,29,124,22,159,41,243,212,96,32,202,213,108,6,160,2,134,2,175,131,33,102,24,225,176,14,30,58,122,41,48,74,
    102,1,128,204,135,101,48,205,213,230,147,71,48,175,135,193,131,10,29,88,240,152,23,137,198,48,51,5,86,11,148,47,148,
    107,160,203,195,202,197,117,46,2,130,29,105,192,226,187,1,13,105,136,26,231,207,138,14,50,9,118,184,20,82,238,0,203,
    60,254,49,87,108,4,100,189,202,20,57,172,110,112,46,202,193,129,169,237,207,184,109,140,214,135,30,227,235,122,188,
    94,28,8,0,81,112,60,61,176,7,152,0,166,194,6,236,113,140,4,224,86,27,24,214,122,184,82,140,184,0,202,142,207,8,51,
    254,105,236,246,247,206,62,60,0,21,69,198,192,141,69,193,192,64,170,42,249,118,210,145,33,248,27,33,30,31,160,44,86,
    4,17,204,87,205,188,160,100,101,99,63,241,182,31,255,15,192,85,51,2,235,135,159,92,11,126,154,168,48,197,54,64,14,
    162,186,2,135,154,140,180,85,101,114,173,47,140,86,40,193,202,17,206,87,19,50,31,2,0,248,87,13,64,24,152,224,48,0,
    230,30,193,185,94,220,113,131,179,25,71,67,229,53,142,209,245,213,191,204,57,155,12,43,7,82,177,240,128,254,0,192,
    86,56,66,19,20,120,163,87,155,143,51,188,223,3,174,114,176,0,232,55,70,185,204,252,96,126,235,69,48,167,33,130,131,
    32,35,3,85,98,156,170,230,121,196,112,15,55,17,26,4,159,78,156,219,43,146,92,12,167,80,198,171,10,95,157,23,3,96,2,
    176,21,25,128,224,3,0,13,252,48,48,60,0,112,0,12,4,1,1,192,0,12,3,152,0,0,0,7,193,3,142,61,6,1,128,112,0,32,4,240,1,
    243,159,120,195,247,129,14,48,190,58,120,186,47,103,1,169,112,20,55,208,30,240,142,83,129,107,91,154,144,49,41,203,
    195,136,127,24,150,12,16,28,88,224,20,0,240,153,128,76,81,128,6,14,6,27,37,195,1,168,3,236,24,0,20,12,10,112,28,0,
    21,202,18,56,129,60,0,160,85,7,64,41,174,184,212,40,24,123,16,15,46,3,48,163,221,126,128,135,3,160,76,96,40,224,225,
    142,83,20,195,250,157,240,193,184,0,114,128,249,12,28,86,180,255,226,63,64,241,7,0,24,1,55,99,5,212,21,10,202,216,
    43,86,102,29,85,155,18,128,34,237,175,91,115,28,74,253,192,243,225,158,123,228,115,120,197,185,142,198,185,189,227,
    160,228,128,85,170,70,51,131,117,124,251,7,0,102,109,106,209,157,42,56,0,4,6,192,180,24,192,180,0,
};
static const Layer dense_3 = {
    .bias = dense_3_bias, .multiplier = dense_3_multiplier, .shift = dense_3_shift, .codes = dense_3_codes, .rows = 17,
    .columns = 176, .input_zero = -127, .output_zero = -128, .low = -128, .high = 127
};

static const int32_t dense_4_bias[10] = {
    -388,-708,372,-412,-24,-376,-388,-24,-244,-16,
};
static const int32_t dense_4_multiplier[1] = {
    1617690624,
};
static const int8_t dense_4_shift[1] = {
    3,
};
static const uint8_t dense_4_codes[60] = {
    239,119,71,107,66,120,254,242,91,225,112,77,186,70,175,222,187,36,185,218,203,109,237,223,95,66,58,247,232,178,204,
    117,159,103,75,222,232,39,253,195,120,222,211,132,109,210,245,149,206,189,178,219,111,89,111,52,220,186,244,0,
};
static const Layer dense_4 = {
    .bias = dense_4_bias, .multiplier = dense_4_multiplier, .shift = dense_4_shift, .codes = dense_4_codes, .rows = 10,
    .columns = 17, .input_zero = -128, .output_zero = -20, .low = -128, .high = 127
};

static int32_t words[438];
int8_t *const lenet_5_narrow_input = (int8_t *)words + 363;
const int8_t *const lenet_5_narrow_output = (const int8_t *)words;

void lenet_5_narrow_run(void)
{
    int8_t *const scratch = (int8_t *)words; /* most of what lies there is of 8 bits */
    max_pooled_convolution_coded(&convolution_1, scratch + 363, scratch, scratch + 1176, words + 287);
    max_pooled_convolution_coded(&convolution_2, scratch, scratch, scratch + 1052, words + 252);
    dense_coded(&dense_3, scratch, scratch + 176);
    dense_coded(&dense_4, scratch + 176, scratch);
}
