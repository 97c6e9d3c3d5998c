/*
 * base/product: what the programs call themselves. The release that they are compatible with comes first, so that scripts which
 * read the version of the other server go on working.
 */
#pragma once

#define PRODUCT_COMPATIBLE "3.6.0"
#define PRODUCT_VERSION    PRODUCT_COMPATIBLE " (Bowline " BOWLINE_VERSION ")"
