/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Since 5.1 a call has the same number everywhere. */
CALL(425, sys_io_uring_setup, ROW_RING(CALL_RING_SETUP))
CALL(426, sys_io_uring_enter, ROW_RING(CALL_RING_ENTER))
LOOKS(428, sys_open_tree, ROW_AT_FLAGS(2))
OPENS(437, sys_openat2, ROW_OPENAT2)
LOOKS(439, sys_faccessat2, ROW_AT_FLAGS(3))
LOOKS(452, sys_fchmodat2, ROW_AT_FLAGS(3))
LOOKS(463, sys_setxattrat, ROW_AT_FLAGS(2))
LOOKS(464, sys_getxattrat, ROW_AT_FLAGS(2))
LOOKS(465, sys_listxattrat, ROW_AT_FLAGS(2))
LOOKS(466, sys_removexattrat, ROW_AT_FLAGS(2))
LOOKS(468, sys_file_getattr, ROW_AT_FLAGS(4))
LOOKS(469, sys_file_setattr, ROW_AT_FLAGS(4))
