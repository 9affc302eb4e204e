/* SHA-256 against FIPS 180-4's examples and every padding length; CRC-32C against its check value.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "bedside.h"
#include "check.h"
#include "crc32c.h"

static int is_hex(const uint8_t *bytes, size_t n, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++)
        if (hex[2 * i] != digits[bytes[i] >> 4] || hex[2 * i + 1] != digits[bytes[i] & 15])
            return 0;
    return hex[2 * n] == 0;
}

static int digests_to(const void *data, size_t n, const char *hex)
{
    uint8_t digest[32];
    bds_sha256(digest, data, n);
    return is_hex(digest, 32, hex);
}

static uint8_t million[1000000];

int main(void)
{
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static const char four[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopq"
                               "rlmnopqrsmnopqrstnopqrstu";
    CHECK(digests_to(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    CHECK(digests_to("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    CHECK(digests_to(two, 56, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
    CHECK(digests_to(four, 112, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"));
    memset(million, 'a', sizeof million);
    CHECK(digests_to(million, sizeof million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));

    /* Every length across two blocks: the digest of all the digests of i times 'a', i < 200 (from Python's hashlib). */
    uint8_t all[200][32];
    for (size_t i = 0; i < 200; i++)
        bds_sha256(all[i], million, i);
    CHECK(digests_to(all, sizeof all, "752c007f38611cfbf5fa42cb1cea3d8e086491c844d0cc4defd632cb81423506"));

    CHECK(bds_crc32c(0, "123456789", 9) == 0xe3069283u);
    CHECK(bds_crc32c(0, "", 0) == 0);
    for (size_t i = 0; i <= 9; i++)
        CHECK(bds_crc32c(bds_crc32c(0, "123456789", i), &"123456789"[i], 9 - i) == 0xe3069283u);
    uint8_t zeros[32] = {0}; /* RFC 3720, B.4 */
    CHECK(bds_crc32c(0, zeros, 32) == 0x8a9136aau);
    memset(zeros, 0xff, 32);
    CHECK(bds_crc32c(0, zeros, 32) == 0x62a8ab43u);
    /* Long texts go another way than short ones: all pieces are under its 4096 bytes. */
    static uint8_t text[3 * 4096 + 77];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * i >> 3);
    uint32_t crc = 0;
    for (size_t i = 0; i < sizeof text; i += 1000)
        crc = bds_crc32c(crc, text + i, sizeof text - i < 1000 ? sizeof text - i : 1000);
    for (size_t i = 0; i < 9; i++)
        CHECK(bds_crc32c(bds_crc32c(0, text, i), text + i, sizeof text - i) == crc);
    return check_done();
}
