// SPDX-License-Identifier: Apache-2.0
// A store in the API of a server of the test: it answers what a script says, one answer after the other.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/image_builder.h"
#include "unit/store/api_server.h"
#include "winnow/base/file.h"
#include "winnow/store/objects.h"

namespace winnow::test {

inline const std::string kProfiles = "/apis/winnow.dev/v1alpha1/namespaces/winnow/profiles";

class Cluster : public ::testing::Test {
 protected:
  // Answers each request with the next of ANSWERS; the last one stays.
  void answer(std::vector<Reply> answers) {
    answers_.assign(answers.begin(), answers.end());
    server_ = std::make_unique<ApiServer>([this](const Asked&) {
      Reply next = answers_.front();
      if (before_answer_) before_answer_();
      if (answers_.size() > 1) answers_.pop_front();
      return next;
    });
    place_.write("token", "first\n");
    place_.write("ca.crt", server_->authority());
    store_ = cluster_objects(access(), &counts_);
  }
  [[nodiscard]] ClusterAccess access() const {
    return {
        .host = server_->host(), .ca_file = place_ / "ca.crt", .token_file = place_ / "token", .name_space = "winnow"};
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (const Asked& one : server_->asked()) all.push_back(one.method + " " + one.target);
    return all;
  }

  test::TemporaryDirectory place_;
  std::deque<Reply> answers_;
  std::function<void()> before_answer_;
  std::unique_ptr<ApiServer> server_;
  std::unique_ptr<ObjectStore> store_;
  RequestCounts counts_;
};

// What the API says of a failure.
inline std::string status_object(int code, const std::string& reason, const std::string& message,
                                 const std::string& name = "") {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":")" + message + R"(","reason":")" + reason +
         R"(",)" + (name.empty() ? "" : R"("details":{"name":")" + name + R"(","kind":"profiles"},)") + R"("code":)" +
         std::to_string(code) + "}";
}

}  // namespace winnow::test
