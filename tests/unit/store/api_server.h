// SPDX-License-Identifier: Apache-2.0
// A server of the API on a TLS port of the loopback interface, with a certificate of a new key, which is also the
// authority that vouches for it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "winnow/base/file.h"

namespace winnow::test {

struct Asked {
  std::string method, target, head, body;  // HEAD: the request's line and headers
};
struct Reply {
  std::string bytes;
  bool endless = false;  // its last 64 KiB are sent again and again
};

inline Reply reply(int status, const std::string& body, const std::string& headers = "") {
  return {"HTTP/1.1 " + std::to_string(status) + " S\r\nContent-Type: application/json\r\n" + headers +
          "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body};
}

// A key and a certificate for the address HOST, signed by itself.
class Certificate {
 public:
  explicit Certificate(const std::string& host)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    X509* const x509 = certificate_.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key_.get());
    X509_NAME* const name = X509_get_subject_name(x509);
    const std::string common = "winnow test " + host;
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1,
                               0);
    X509_set_issuer_name(x509, name);
    for (const auto& [id, value] : {std::pair{NID_basic_constraints, std::string("critical,CA:TRUE")},
                                    std::pair{NID_subject_alt_name, "IP:" + host}}) {
      X509_EXTENSION* const one = X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str());
      X509_add_ext(x509, one, -1);
      X509_EXTENSION_free(one);
    }
    X509_sign(x509, key_.get(), EVP_sha256());
  }
  [[nodiscard]] std::string pem() const {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(out.get(), certificate_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }
  [[nodiscard]] X509* x509() const { return certificate_.get(); }
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }

 private:
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
  std::unique_ptr<X509, void (*)(X509*)> certificate_;
};

class ApiServer {
 public:
  using Handler = std::function<Reply(const Asked&)>;
  explicit ApiServer(Handler handler, const std::string& certified = "127.0.0.1")
      : certificate_(certified),
        handler_(std::move(handler)),
        context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free),
        socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    SSL_CTX_use_certificate(context_.get(), certificate_.x509());
    SSL_CTX_use_PrivateKey(context_.get(), certificate_.key());
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    auto* const any = reinterpret_cast<sockaddr*>(&name);
    if (::bind(socket_.get(), any, size) != 0 || ::listen(socket_.get(), 16) != 0) return;
    if (::getsockname(socket_.get(), any, &size) != 0) return;
    host_ = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~ApiServer() {
    thread_.request_stop();
    ::shutdown(socket_.get(), SHUT_RDWR);  // wakes accept
  }
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] std::string authority() const { return certificate_.pem(); }
  [[nodiscard]] std::vector<Asked> asked() const {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }

 private:
  void serve(const std::stop_token& stop) {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);  // clients hang up
    while (!stop.stop_requested()) {
      const Fd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) continue;
      const timeval patience{.tv_sec = 10, .tv_usec = 0};
      ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context_.get()), SSL_free);
      SSL_set_fd(tls.get(), client.get());
      if (SSL_accept(tls.get()) == 1) answer(tls.get());
    }
  }

  static Asked read_request(SSL* tls) {
    std::string all;
    char buffer[16384];
    std::size_t body = 0, at = std::string::npos;
    while (at == std::string::npos || all.size() < at + 4 + body) {
      const int got = SSL_read(tls, buffer, sizeof buffer);
      if (got <= 0) break;
      all.append(buffer, static_cast<std::size_t>(got));
      if (at != std::string::npos || (at = all.find("\r\n\r\n")) == std::string::npos) continue;
      constexpr std::string_view kLength = "Content-Length: ";
      if (const auto length = all.find(kLength); length < at) body = std::stoul(all.substr(length + kLength.size()));
    }
    if (at == std::string::npos) return {};
    const auto first = all.find(' '), second = all.find(' ', first + 1);
    return {all.substr(0, first), all.substr(first + 1, second - first - 1), all.substr(0, at), all.substr(at + 4)};
  }

  void answer(SSL* tls) {
    const Asked asked = read_request(tls);
    if (asked.method.empty()) return;  // the client did not like the certificate
    {
      const std::scoped_lock lock(mutex_);
      asked_.push_back(asked);
    }
    const Reply reply = handler_(asked);
    bool heard = write(tls, reply.bytes);
    while (heard && reply.endless) heard = write(tls, reply.bytes.substr(reply.bytes.size() - 65536));
    if (heard) SSL_shutdown(tls);
  }
  static bool write(SSL* tls, std::string_view bytes) {
    return bytes.empty() || SSL_write(tls, bytes.data(), static_cast<int>(bytes.size())) > 0;
  }

  Certificate certificate_;
  Handler handler_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  Fd socket_;
  std::string host_;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace winnow::test
