// SPDX-License-Identifier: Apache-2.0
// Asks the kernel's type information, and tries, what a backend needs.
#include "record/backends.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "record/programs.h"
#include "winnow/base/file.h"

namespace winnow::record {
namespace {

// Those of io_uring's requests: submission by its newer or its older name, completion, and the end of links.
bool shows_requests(const Functions& functions) {
  return (functions.has_tracepoint("io_uring_submit_req") || functions.has_tracepoint("io_uring_submit_sqe")) &&
         functions.has_tracepoint("io_uring_complete") && functions.has_tracepoint("io_uring_fail_link");
}

}  // namespace

std::vector<BackendPlan> plans_for(Backend asked, const Functions& functions) {
  std::vector<BackendPlan> plans;
  const bool rings = shows_requests(functions);
  const auto add = [&](Backend backend, Below below, const char* method, const char* without_rings) {
    if (rings) plans.push_back({backend, below, true, method});
    plans.push_back({backend, below, false, without_rings});
  };
  const bool opens = functions.has("do_filp_open") || functions.has("do_file_open");
  if (asked == Backend::kFentry || (asked == Backend::kAuto && fentry_refusal().empty())) {
    constexpr const char* kBelow = "by the functions that look names up";
    if (opens && functions.has("filename_lookup")) add(Backend::kFentry, Below::kTells, kBelow, kBelow);
    add(Backend::kFentry, Below::kSilent, "by the functions that serve each call, and by io_uring's requests",
        "by the functions that serve each call, io_uring unseen");
  }
  if (asked != Backend::kFentry)
    add(Backend::kSyscall, Below::kSilent, "by the return of every call, and by io_uring's requests",
        rings ? "by the return of every call, io_uring unseen"
              : "by the return of every call, io_uring unseen: this kernel's io_uring does not show its requests");
  return plans;
}

bool kernel_has_btf() { return types_of_kernel() != nullptr; }

std::string fentry_refusal() {
  const LibbpfLog log;
  const int type = ::libbpf_find_vmlinux_btf_id("security_file_open", BPF_TRACE_FENTRY);
  if (type < 0) return "not offered by this kernel";
  const bpf_insn program[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = BPF_TRACE_FENTRY;
  options.attach_btf_id = static_cast<std::uint32_t>(type);
  const Fd loaded(::bpf_prog_load(BPF_PROG_TYPE_TRACING, "winnow_trial", "GPL", program, std::size(program), &options));
  const int load_error = errno;
  const Fd attached(loaded.valid() ? ::bpf_raw_tracepoint_open(nullptr, loaded.get()) : -1);
  if (attached.valid()) return "";
  return fmt::format("refused by this kernel ({})", std::strerror(loaded.valid() ? errno : load_error));
}

}  // namespace winnow::record
