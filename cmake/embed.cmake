# SPDX-License-Identifier: Apache-2.0
# cmake -DINPUT=file -DOUTPUT=file.c -DNAME=name -P embed.cmake: the bytes of a file as C, as
# `name_bytes` and `name_size`.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT} "#include <stddef.h>\n#include <stdint.h>\n"
     "const uint8_t ${NAME}_bytes[] = {${bytes}};\n"
     "const size_t ${NAME}_size = sizeof ${NAME}_bytes;\n")
