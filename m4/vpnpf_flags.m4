# SPDX-License-Identifier: GPL-2.0-or-later
# VPNPF_FLAGS(VARIABLE, FLAGS)
# Append to VARIABLE those of FLAGS that compiler and linker take without a
# warning, and substitute it. The user's CFLAGS and LDFLAGS stay as they are.
# The flag is tried at the end of both, for some mean something to one only.
AC_DEFUN([VPNPF_FLAGS], [
	for vpnpf_flag in m4_normalize([$2]); do
		AC_MSG_CHECKING([whether $CC takes $vpnpf_flag])
		vpnpf_cflags=$CFLAGS
		CFLAGS="$CFLAGS $vpnpf_flag -Werror"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]])],
			[$1="$$1 $vpnpf_flag"; AC_MSG_RESULT([yes])],
			[AC_MSG_RESULT([no])])
		CFLAGS=$vpnpf_cflags
	done
	AC_SUBST([$1])
])
