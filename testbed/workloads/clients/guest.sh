#!/bin/sh
# In the guest: loads i915 for the emulated Kaby Lake, runs userptr-clients with Debian's libraries
# (those of Mesa at their usual paths), unloads i915.
# Usage: guest.sh keep|release
. guest-lib.sh

mkdir /lib64
ln -s /test/usr /usr
ln -s /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 /lib64/
load
status=0
# The guest has no disk for a shader cache.
MESA_SHADER_CACHE_DISABLE=1 userptr-clients "$1" vulkan opengl || status=$?
lib=/test/opencl
OCL_ICD_VENDORS=$lib/libigdrcl.so $lib/ld-linux-x86-64.so.2 --library-path $lib /test/userptr-clients "$1" opencl || status=$?
unload
exit $status
