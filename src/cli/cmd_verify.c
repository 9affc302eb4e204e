/* bedside verify: is this file what it should be, and does this machine compute as it should?
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "options.h"
#include "session.h"

static int same_hex(const char *expected, const char hex[65])
{
    if (strlen(expected) != 64)
        return 0;
    for (int i = 0; i < 64; i++) {
        char c = expected[i];
        if ((c >= 'A' && c <= 'F' ? c + 32 : c) != hex[i])
            return 0;
    }
    return 1;
}

static int self_test(void)
{
    void *scratch = malloc(BDS_SELF_TEST_BYTES);
    if (!scratch)
        return cli_fail(BDS_E_ARENA, "out of memory");
    bds_status status = bds_self_test(bds_cpu_features(), scratch, BDS_SELF_TEST_BYTES, 10 * BDS_SELF_TEST_KINDS);
    free(scratch);
    return status == BDS_OK ? 0 : cli_fail(status, "%s", bds_status_text(status));
}

int cmd_verify(int argc, char **argv)
{
    cli_option options[] = {{"--sha256", 1, 0}};
    int operands;
    int failed = options_parse("verify", argc, argv, options, 1, &operands);
    if (failed)
        return failed;
    if (operands != 1)
        return cli_usage("verify", "one .bds file is needed");
    session s;
    failed = session_open_file(&s, argv[0], BDS_CPU_ALL, 0);
    if (failed)
        return failed;
    uint8_t digest[32];
    char hex[65];
    bds_sha256(digest, s.bytes, s.size);
    session_hex(hex, digest);
    bds_status status = bds_model_verify(&s.model);
    if (status != BDS_OK)
        failed = cli_fail(status, "%s: its content does not have the SHA-256 that its header states", argv[0]);
    else if (options[0].value && !same_hex(options[0].value, hex))
        failed = cli_fail(BDS_E_HASH, "%s is not the file expected: its SHA-256 is %s", argv[0], hex);
    else
        failed = self_test();
    if (!failed)
        printf("%s  ok\n", hex);
    session_close(&s);
    return failed;
}
