# SPDX-License-Identifier: GPL-2.0-or-later
# VPNPF_ARCHIVE(VARIABLE, NAME): link libNAME.a instead of libNAME.so, where
# there is one.
AC_DEFUN([VPNPF_ARCHIVE], [
	AC_MSG_CHECKING([for lib$2.a])
	vpnpf_libs=$LIBS
	LIBS="-l:lib$2.a $LIBS"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes]); $1="-l:lib$2.a"],
		[AC_MSG_RESULT([no])])
	LIBS=$vpnpf_libs
])
