/* SPDX-License-Identifier: MIT
 * CRC-64/NVME: reflected polynomial 0x9A6C9329AC4BC9B5, all ones before and after. Azure Storage calls it
 * CRC64 (x-ms-content-crc64, bytes little-endian), Amazon S3 CRC64NVME (x-amz-checksum-crc64nvme,
 * big-endian).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The sum of what CRC is the sum of, followed by LENGTH bytes of DATA. Begin with 0. */
guint64 cr_crc64 (guint64 crc, const void *data, gsize length);
/* The sum of two pieces one after the other, from their sums and the LENGTH of the SECOND. */
guint64 cr_crc64_join (guint64 first, guint64 second, guint64 length);
/* Its eight bytes in base64, least or greatest first. Gives. */
char *cr_crc64_base64_le (guint64 crc);
char *cr_crc64_base64_be (guint64 crc);

G_END_DECLS
