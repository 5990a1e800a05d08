# BPF objects: compiled by clang with a depfile, so that a changed header rebuilds them, compressed for the program that holds them,
# and turned into skeletons by bpftool: those that name what is in an object, without its bytes.
# No header of the build host's kernel is used: bpf/kernel.h declares the types, CO-RE relocates them where winnow runs.
find_program(WINNOW_BPF_CLANG NAMES clang-19 clang-18 clang-17 clang-16 clang REQUIRED)
file(GLOB bpftool_dirs /usr/lib/linux-tools/* /usr/lib/linux-tools-*)
find_program(WINNOW_BPFTOOL NAMES bpftool PATHS ${bpftool_dirs} /usr/sbin REQUIRED)
pkg_get_variable(libbpf_includedir libbpf includedir)

add_library(winnow_bpf INTERFACE)
# SYSTEM: the skeleton is bpftool's code, not held to our warnings.
target_include_directories(winnow_bpf SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/bpf)
target_include_directories(winnow_bpf INTERFACE ${PROJECT_SOURCE_DIR}/bpf)

# winnow_bpf_object(NAME): bpf/NAME.bpf.c for the target's architecture, as NAME.bpf.o.gz with NAME.subskel.h, and compiled for the other one as a check.
function(winnow_bpf_object name)
  set(source ${PROJECT_SOURCE_DIR}/bpf/${name}.bpf.c)
  set(out ${PROJECT_BINARY_DIR}/bpf)
  file(MAKE_DIRECTORY ${out})
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    set(native arm64)
  else()
    set(native x86)
  endif()
  foreach(arch x86 arm64)
    set(object ${out}/${name}.${arch}.bpf.o)
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${WINNOW_BPF_CLANG} -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Wno-unused-parameter -Werror
              -D__TARGET_ARCH_${arch}
              -I${PROJECT_SOURCE_DIR}/bpf -isystem ${libbpf_includedir} -MD -MF ${object}.d -c ${source} -o ${object}
      DEPENDS ${source}
      DEPFILE ${object}.d
      COMMENT "BPF ${name} for ${arch}"
      VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  add_custom_command(
    OUTPUT ${out}/${name}.subskel.h ${out}/${name}.bpf.o.gz
    # Linked, though it is one object: that leaves the debugging information out, which is most of it.
    COMMAND ${WINNOW_BPFTOOL} gen object ${out}/${name}.bpf.o ${out}/${name}.${native}.bpf.o
    COMMAND ${WINNOW_BPFTOOL} gen subskeleton ${out}/${name}.bpf.o name ${name} > ${out}/${name}.subskel.h
    COMMAND gzip -9nkf ${out}/${name}.bpf.o
    DEPENDS ${out}/${name}.${native}.bpf.o
    COMMENT "BPF skeleton ${name}"
    VERBATIM)
  add_custom_target(winnow_bpf_${name} DEPENDS ${out}/${name}.subskel.h ${objects})
  add_dependencies(winnow_bpf winnow_bpf_${name})
endfunction()

winnow_bpf_object(touch)
