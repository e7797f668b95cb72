#include <Arduino.h>

#include "clustered_quantized.h"
#include "sample.h"

static int8_t scores[CLUSTERED_QUANTIZED_OUTPUT_BYTES];

void setup()
{
    Serial.begin(115200);
}

void loop()
{
    const unsigned long start = micros();
    clustered_quantized_run(sample_image, scores);
    const unsigned long taken = micros() - start;

    int digit = 0;
    for (int i = 1; i < CLUSTERED_QUANTIZED_OUTPUT_BYTES; i++)
        if (scores[i] > scores[digit])
            digit = i;
    Serial.print("digit ");
    Serial.print(digit);
    Serial.print(digit == SAMPLE_DIGIT ? ", right, " : ", wrong, ");
    Serial.print(taken);
    Serial.println(" us");
    delay(1000);
}
