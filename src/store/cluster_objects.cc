// SPDX-License-Identifier: Apache-2.0
// Objects in the API of a cluster (kubernetes.io/docs/reference/using-api: server-side apply, paged lists), over HTTPS
// or through kubectl.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <stop_token>

#include "store/cluster.h"
#include "store/json.h"
#include "winnow/base/file.h"
#include "winnow/base/json.h"
#include "winnow/base/json_text.h"
#include "winnow/base/state.h"
#include "winnow/base/text.h"
#include "winnow/http/http.h"

namespace winnow {
namespace {

constexpr auto kAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
constexpr std::string_view kManager = "winnow-agent";
constexpr std::size_t kMaxPage = std::size_t{64} << 20;  // bytes of one page of a list
constexpr std::size_t kPage = 20;                        // objects of one page
constexpr std::size_t kMaxToken = std::size_t{64} << 10;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

// What the API says about a failure: a Status object (its "message"), or the beginning of whatever came.
std::string message_of(const std::string& body) {
  if (const auto status = parse_object(body)) {
    if (std::string message = text_at(*status, {"message"}); !message.empty()) return printable(message);
  }
  return printable(cut_between_characters(body, 200));
}

// How policies and webhooks answer, as opposed to roles.
bool is_of_policy(const http::Response& answer) {
  return answer.body.contains(" denied request: ") || answer.body.contains(" denied the request");
}

std::string advice_for(const http::Response& answer, std::string_view name_space) {
  const long status = answer.status;
  if (is_of_policy(answer)) return "a policy of the cluster refuses it, and no right is missing";
  if (status == 401) return "the service account's token is not accepted: is the pod's projected token mounted?";
  if (status == 403)
    return fmt::format(
        "the service account needs create, patch, get, list and delete of profiles and patch of "
        "profiles/status in the namespace {} (deploy/base/rbac.yaml)",
        printable(name_space));
  if (status == 404) return "is the resource there? apply deploy/base/crd.yaml";
  if (status == 429) return "the API is overloaded, or its store is full: winnow tries again";
  return status >= 500 ? "winnow tries again" : "";
}

class ClusterObjects final : public ApiObjects {
 public:
  ClusterObjects(ClusterAccess access, RequestCounts* counts)
      : ApiObjects(access.name_space), access_(std::move(access)), counts_(counts) {}

  Result<Applied> apply(const std::string& name, const std::string& object) override {
    return patch(fmt::format("{}/{}?fieldManager={}&force=true", path(), name, kManager), object);
  }
  // Under another manager: one manager of both would, in older clusters, give the spec up by applying the status.
  Result<Applied> apply_status(const std::string& name, const std::string& object) override {
    return patch(fmt::format("{}/{}/status?fieldManager={}-status&force=true", path(), name, kManager), object);
  }
  Result<bool> remove(const std::string& name, const std::string& version) override {
    http::Request request{.method = "DELETE", .target = path() + "/" + name};
    if (!version.empty()) {
      request.headers = {"Content-Type: application/json"};
      request.body =
          ObjectJson{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", {{"resourceVersion", version}}}}
              .dump();
    }
    TRY(const auto answer, ask(std::move(request)));
    if (answer.ok() || answer.status == 404) return true;
    const bool replaced = answer.status == 409 && !version.empty();
    return replaced ? Result<bool>(false) : refused("removing " + name, answer);
  }
  [[nodiscard]] std::string str() const override {
    return fmt::format("profiles of the namespace {} at https://{}", printable(name_space()), access_.host);
  }
  void stop() override { stop_.request_stop(); }

 protected:
  Result<std::optional<std::string>> read(const std::string& target) override {
    std::string body;
    TRY(auto answer, ask({.target = target, .sink = [&](std::string_view piece) -> Result<void> {
                            if (body.size() + piece.size() > kMaxPage)
                              return fail("a longer answer than " + human_bytes(kMaxPage));
                            body += piece;
                            return {};
                          }}));
    if (answer.ok()) return body;
    if (answer.status == 404 && !text_at_body(answer.body).empty()) return std::nullopt;
    if (answer.status == 410) return std::nullopt;
    return refused("reading " + target, answer);
  }

 private:
  // Of the kind that a missing object has; a missing resource has none.
  static std::string text_at_body(const std::string& body) {
    const auto status = parse_object(body);
    return status ? text_at(*status, {"details", "name"}) : "";
  }

  Result<http::Response> ask(http::Request request) {
    const http::Endpoint endpoint{
        .unix_socket = false, .address = access_.host, .tls = true, .ca_file = access_.ca_file};
    const auto headers = request.headers;
    for (int attempt = 0;; ++attempt) {
      TRY(const auto token, read_file(access_.token_file, kMaxToken));  // kubelets renew it
      request.headers = headers;
      request.headers.push_back("Authorization: Bearer " + trimmed(token));
      request.patience_s = 30;
      const auto answer = http::perform(endpoint, request, stop_.get_token());
      if (counts_ != nullptr) ++counts_->requests;
      if (counts_ != nullptr && (!answer || !answer->ok())) ++counts_->failures;
      // A token may have been renewed since it was read; a conflict is another writer's, who has finished by now.
      const bool again = answer && (answer->status == 401 || answer->status == 409);
      if (!again || attempt > 0) return answer;
    }
  }
  Result<Applied> patch(const std::string& target, const std::string& object) {
    TRY(const auto answer,
        ask({.method = "PATCH",
             .target = target,
             .body = object,
             .headers = {"Content-Type: application/apply-patch+yaml", "Accept: application/json"}}));
    if (answer.ok()) return Applied::kDone;
    // The API's own bound is a 413; etcd's is a 500 with this text.
    if (answer.status == 413 || answer.body.contains("request is too large")) return Applied::kTooLarge;
    return refused("writing " + target, answer);
  }
  std::unexpected<Error> refused(const std::string& what, const http::Response& answer) {
    Error error{fmt::format("{}: the API answered {}: {}", what, answer.status, message_of(answer.body)),
                advice_for(answer, name_space())};
    if ((answer.status == 401 || answer.status == 403) && !is_of_policy(answer)) error.fault = Fault::kDenied;
    if (answer.retry_after_s) error.subject = std::to_string(*answer.retry_after_s);
    return std::unexpected(std::move(error));
  }

  ClusterAccess access_;
  RequestCounts* counts_;
  std::stop_source stop_;
};

}  // namespace

std::string ApiObjects::path() const {
  return fmt::format("/apis/winnow.dev/v1alpha1/namespaces/{}/profiles", name_space_);
}

Result<std::optional<std::string>> ApiObjects::get(const std::string& name) { return read(path() + "/" + name); }

// A list in pages. If one of them has expired (410), the list begins anew: who looks has to bear objects twice.
Result<void> ApiObjects::each(const std::string& key, const std::string& value, const See& see) {
  constexpr int kMostPages = 10'000;
  std::string rest;
  std::set<std::string> tokens;  // a token that comes again begins a list without an end
  const std::string chosen =
      key.empty() ? "" : fmt::format("&labelSelector={}%3D{}", percent_encoded(key), percent_encoded(value));
  for (int page = 0, starts = 0; page < kMostPages; ++page) {
    TRY(const auto text, read(fmt::format("{}?limit={}{}{}", path(), kPage, chosen,
                                          rest.empty() ? "" : "&continue=" + percent_encoded(rest))));
    if (!text) {
      if (rest.empty() || ++starts > 3) return fail("the list of profiles expires while it is read", "try again");
      rest.clear();
      tokens.clear();
      continue;
    }
    TRY(rest, see_page(*text, see));
    if (rest.empty()) return {};
    if (rest.size() > kMaxToken || !tokens.insert(rest).second) break;
  }
  return fail("the API answers with a list of profiles without an end");
}

// Returns the token of the next page; "" after the last one.
Result<std::string> ApiObjects::see_page(const std::string& text, const See& see) {
  std::vector<std::string> items;
  std::string rest;
  try {
    require_depth(text, 32);
    require_values(text, kPage * kMaxValues);
    const ObjectJson list = parse_json<ObjectJson>(text);
    rest = text_at(list, {"metadata", "continue"});
    if (const ObjectJson* const all = member_at(list, {"items"}); all != nullptr && all->is_array())
      for (const ObjectJson& item : *all) items.push_back(item.dump());
  } catch (const std::exception& error) {
    return fail("no list of profiles: " + printable(error.what()));
  }
  for (const std::string& item : items) TRY_DO(see(item));
  return rest;
}

Result<ClusterAccess> ClusterAccess::of_pod() {
  const std::string host = environment("KUBERNETES_SERVICE_HOST"), port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty())
    return fail("this is no pod: $KUBERNETES_SERVICE_HOST and _PORT are not set", "name a store: --store dir:PATH");
  ClusterAccess access;
  access.host = (host.contains(':') ? "[" + host + "]" : host) + ":" + port;
  access.ca_file = fmt::format("{}/ca.crt", kAccount);
  access.token_file = fmt::format("{}/token", kAccount);
  access.name_space = environment("POD_NAMESPACE");
  for (const std::string& file : {access.ca_file, access.token_file})
    if (::access(file.c_str(), R_OK) != 0)
      return std::unexpected(Error::from_errno("reading " + file + ", of the pod's service account")
                                 .within("asking the API of the cluster"));
  if (access.name_space.empty()) {
    TRY(const auto name, read_file(fmt::format("{}/namespace", kAccount), kMaxToken));
    access.name_space = trimmed(name);
  }
  return access;
}

std::unique_ptr<ObjectStore> cluster_objects(ClusterAccess access, RequestCounts* counts) {
  return std::make_unique<ClusterObjects>(std::move(access), counts);
}

}  // namespace winnow
