// SPDX-License-Identifier: Apache-2.0
// Stock C++ gRPC with stubs of grpc_cpp_plugin: CanAsk, Ask, Watch and a question without a person.
// cpp_peer_test.py judges what it prints.
#include <chrono>
#include <fstream>
#include <grpcpp/grpcpp.h>
#include <iostream>
#include <random>
#include <sstream>
#include <string>

#include "lockgate/v1/disclosures.grpc.pb.h"

namespace v1 = lockgate::v1;

namespace {

std::string read(const char *path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string hex(const std::string &bytes) {
    static const char digits[] = "0123456789abcdef";
    std::string text;
    for (unsigned char byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

void print(const char *word, const google::protobuf::MessageLite &message) {
    std::cout << word << ' ' << hex(message.SerializeAsString()) << '\n';
}

/* Ends the program: what follows would have no meaning. */
void must_be_ok(const grpc::Status &status) {
    if (!status.ok()) {
        std::cerr << status.error_code() << ": " << status.error_message() << '\n';
        std::exit(1);
    }
}

v1::Ground ground() {
    v1::Ground ground;
    ground.set_agreement("bridgewater");
    ground.set_purpose("child-safeguarding");
    ground.set_lawful_basis("children-act");
    ground.set_case_reference("CASE-CPP");
    ground.mutable_actor()->set_user_id("cpp-user");
    ground.mutable_actor()->set_role("social-worker");
    ground.mutable_actor()->set_display_name("C SAMPLE");
    return ground;
}

v1::AskRequest question(const std::string &pseudonym) {
    v1::AskRequest request;
    std::random_device random;
    for (int i = 0; i < 16; i++) {
        request.mutable_request_id()->push_back(static_cast<char>(random()));
    }
    if (!pseudonym.empty()) {
        request.mutable_person()->set_pseudonym(pseudonym);
    }
    request.set_tier(v1::TIER_DETAIL);
    *request.mutable_ground() = ground();
    request.set_age_class(v1::AGE_CLASS_CHILD);
    request.set_no_consent_reason("would-prejudice");
    return request;
}

void set_deadline(grpc::ClientContext &context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
}

void can_ask(v1::Disclosures::Stub &stub) {
    grpc::ClientContext context;
    v1::CanAskRequest request;
    v1::CanAskReply reply;
    set_deadline(context);
    *request.mutable_ground() = ground();
    request.set_age_class(v1::AGE_CLASS_CHILD);
    request.set_no_consent_reason("would-prejudice");
    must_be_ok(stub.CanAsk(&context, request, &reply));
    print("can-ask", reply);
}

void ask(v1::Disclosures::Stub &stub, const std::string &pseudonym) {
    grpc::ClientContext context;
    v1::AskReply reply;
    set_deadline(context);
    must_be_ok(stub.Ask(&context, question(pseudonym), &reply));
    print("ask", reply);
}

void watch(v1::Disclosures::Stub &stub, const std::string &pseudonym) {
    grpc::ClientContext context;
    v1::WatchReply event;
    set_deadline(context);
    auto reader = stub.Watch(&context, question(pseudonym));
    while (reader->Read(&event)) {
        print("watch", event);
    }
    must_be_ok(reader->Finish());
}

void wrong(v1::Disclosures::Stub &stub) {
    grpc::ClientContext context;
    v1::AskReply reply;
    set_deadline(context);
    grpc::Status status = stub.Ask(&context, question(""), &reply);
    bool is_expected = status.error_code() == grpc::StatusCode::INVALID_ARGUMENT;
    std::cout << "wrong " << (is_expected ? "INVALID_ARGUMENT" : "OTHER") << ' '
              << status.error_message() << '\n';
}

} // namespace

/* ADDRESS ANCHORS CERTIFICATE KEY PSEUDONYM */
int main(int argc, char **argv) {
    if (argc != 6) {
        return 2;
    }
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = read(argv[2]);
    options.pem_cert_chain = read(argv[3]);
    options.pem_private_key = read(argv[4]);
    auto stub =
        v1::Disclosures::NewStub(grpc::CreateChannel(argv[1], grpc::SslCredentials(options)));
    can_ask(*stub);
    ask(*stub, argv[5]);
    watch(*stub, argv[5]);
    wrong(*stub);
    return 0;
}
