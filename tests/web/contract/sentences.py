"""Every sentence of the contract that can be violated, with the tests that would fail.

Sentences are shortened. A test is named by its file, below ``tests/`` and without ``test_`` and
``.py``, and by its name without ``test_``. ``test_sentences.py`` checks that they exist.
"""

from __future__ import annotations

from typing import Final

Sentences = dict[str, tuple[str, ...]]

AUTHENTICATION: Final[Sentences] = {
    "X-API-Key or Authorization: Bearer, never in the query string": (
        "web/api/merchants:a_key_is_accepted_in_two_headers_only",
        "web/contract/every_call:a_missing_or_wrong_key_is_a_401",
    ),
    "Keys are at least 192 random bits; the database holds only a hash": (
        "access/secrets:new_secrets_have_their_forms_and_never_repeat",
        "access/secrets:an_api_key_is_kept_as_its_sha_256",
    ),
    "The webhook secret is shown once and kept encrypted at rest": (
        "web/api/merchants:a_merchant_sees_key_and_secret_once",
        "access/secrets:what_was_sealed_is_unsealed_for_the_same_purpose_only",
    ),
    "A subscription token opens its own session alone": (
        "web/socket/socket:a_token_of_another_session_is_refused",
    ),
}

ERRORS: Final[Sentences] = {
    "One shape for every error, framework-made ones included": (
        "web/contract/errors:every_route_answers_every_method_with_a_result_or_a_problem",
        "web/contract/schemathesis:every_answer_is_one_that_the_description_names",
        "web/connection/guard:hostile_bytes_only_end_their_own_connection",
    ),
    "On validation, details with the dotted path": (
        "web/contract/bodies:all_errors_are_reported_together",
        "web/contract/every_call:a_body_with_unknown_fields_or_no_object_is_a_field_error",
    ),
    "Every response carries Request-Id": (
        "web/contract/errors:a_request_id_is_only_kept_if_it_is_safe",
        "web/contract/errors:every_route_answers_every_method_with_a_result_or_a_problem",
    ),
    "Malformed JSON is 400": ("web/contract/every_call:malformed_json_is_a_400",),
    "Too large a body is 413": (
        "web/contract/every_call:too_large_a_body_is_a_413",
        "web/contract/bodies:a_body_of_256_kib_is_read_and_one_byte_more_is_too_large",
    ),
    "Wrong content type is 415": ("web/contract/every_call:another_content_type_is_a_415",),
    "Unknown route is 404": (
        "web/contract/errors:an_unknown_route_is_a_404_in_the_words_of_old_clients",
    ),
    "Wrong method is 405": ("web/contract/errors:a_405_lists_the_allowed_methods",),
    "No stack trace ever leaves the server": (
        "web/contract/errors:a_bug_becomes_a_500_without_internals",
        "web/contract/every_call:no_answer_reveals_the_server_software",
    ),
}

MERCHANTS: Final[Sentences] = {
    "Create: name, email unique, xpub, webhookUrl; absent values are left out": (
        "web/api/merchants:a_merchant_sees_key_and_secret_once",
        "web/api/merchants:absent_values_are_left_out",
        "web/api/merchants:fields_that_are_wrong_are_named_together",
    ),
    "A private key is refused with an error that does not echo it": (
        "web/api/merchants:a_private_key_is_refused_and_never_repeated",
    ),
    "An xpub's checksum, curve point, depth and hardened child number are checked": (
        "kaspa/extended_key:every_invalid_and_every_lenient_vector_is_refused",
        "kaspa/extended_key:only_an_account_key_is_accepted",
        "kaspa/extended_key:an_account_that_is_not_hardened_is_refused",
    ),
    "Two merchants may not share an xpub, in whatever form: 409": (
        "web/api/merchants:an_email_or_wallet_in_use_is_a_conflict",
        "actors/merchants/registry:two_merchants_with_the_same_key_are_refused",
    ),
    "A key for another network's prefix is accepted with warnings": (
        "actors/merchants/registry:a_key_of_another_network_is_taken_with_a_warning",
    ),
    "PATCH takes the same fields; webhookUrl: null clears it": (
        "web/api/merchants:a_profile_changes_field_by_field_and_null_clears",
    ),
    "Setting the same xpub again does not reset the index": (
        "web/api/merchants:setting_the_same_xpub_again_reuses_no_address",
    ),
    "Registration: first, open, closed, and the setup code": (
        "web/api/merchants:closed_mode_refuses_registration",
        "web/api/merchants:first_mode_admits_exactly_one_of_many_concurrent_calls",
        "web/api/merchants:first_mode_asks_for_the_setup_code_where_others_can_reach_it",
    ),
    "embedOrigins": (
        "web/contract/policy:a_merchant_can_register_with_embed_origins",
        "web/pages/checkout:only_the_merchants_embed_origins_may_frame_it",
    ),
    "regenerate-api-key: the old key dies at once": (
        "web/api/reports:a_new_key_works_and_the_old_one_does_not",
        "actors/merchants/keyring:a_revoked_key_is_dead_in_this_process_and_the_next",
    ),
    "regenerate-webhook-secret: for 24 h deliveries are signed with both": (
        "web/api/reports:a_new_webhook_secret_is_shown_once",
        "actors/merchants/rotation:for_a_day_both_secrets_sign_and_then_the_new_one_alone",
    ),
}

LISTS: Final[Sentences] = {
    "Sessions: the fields of the contract, newest first": (
        "web/api/reports:the_list_has_the_contracts_fields_and_no_others",
        "store/queries/reports:pages_follow_each_other_newest_first_and_miss_none",
    ),
    "limit, offset, status, orderId, q, createdFrom, createdTo, startingAfter": (
        "web/api/reports:filters_reach_the_list",
        "web/api/reports:pages_by_cursor",
        "store/queries/reports:filters_and_their_totals",
    ),
    "A cursor that stays fast at a million rows": (
        "store/queries/reading_costs:four_times_the_sessions_cost_no_more_steps",
        "store/queries/reading_costs:nothing_is_scanned_and_lists_are_not_sorted",
    ),
    "Out-of-range values are a 400": ("web/api/reports:a_value_out_of_range_is_a_field_error",),
    "Stats over all sessions, summing what arrived": (
        "web/api/reports:statistics_sum_received_amounts",
        "store/queries/figures:the_figures_match_any_history_of_sessions",
    ),
    "Analytics: periods, comparison, days with zeros, two decimals": (
        "web/api/reports:analytics_of_the_last_week",
        "web/api/reports:periods_are_whole_utc_days",
        "web/api/reports:an_invalid_period_is_a_field_error",
    ),
    "created counts as pending": (
        "web/api/reports:a_session_that_is_not_yet_watched_counts_as_pending",
    ),
    "Webhook logs: limit, offset, event, status, sessionId": (
        "web/api/reports:the_webhook_log_and_a_retry",
        "web/api/reports:the_webhook_log_by_filter",
    ),
    "Retry sends again for real, whatever the last answer was": (
        "web/api/reports:the_webhook_log_and_a_retry",
    ),
    "Events: the log of a merchant, in order, to resume from": (
        "web/api/reports:an_event_is_the_webhooks_body_and_three_fields",
        "web/api/reports:reading_on_after_the_last_event_misses_none",
        "store/queries/reports:the_log_is_read_in_the_order_of_commits_whatever_the_ids",
    ),
}

URLS: Final[Sentences] = {
    "/widget/kasgate.js": (
        "web/pages/static_files:the_widget_may_be_loaded_by_any_page",
        "web/pages/static_files:the_widget_is_immutable_under_its_hash_and_its_integrity_is_published",
    ),
    "/dashboard/... is a single-page app": (
        "web/pages/static_files:the_dashboard_is_one_page_for_all_its_addresses",
    ),
    "/pay/{sessionId}": ("web/pages/checkout:the_page_has_amount_and_address",),
    "Test calls and the demo shop exist on a simulated network only": (
        "web/api/sandbox:on_a_real_network_there_is_no_such_call",
    ),
}

SETTINGS: Final[Sentences] = {
    "The variables with their defaults": (
        "settings/settings:an_empty_environment_gives_the_documented_defaults",
        "settings/settings:the_document_shows_the_table_of_the_code",
    ),
    "Each also a key of the TOML file": (
        "settings/settings:the_environment_wins_over_the_file_and_the_file_over_the_default",
    ),
    "A wrong value stops the start with its name and what is allowed": (
        "settings/settings:a_wrong_value_is_refused_by_name_with_what_is_allowed",
    ),
    "kasgate simnet prints its ports; kasgate merchant create prints id, key, secret": (
        "cli/simnet:it_prints_its_ports_and_ends_well_at_a_signal",
        "cli/merchant:it_prints_id_key_and_secret_and_stores_only_the_key_s_hash",
        "cli/merchant:json_has_the_members_of_the_api",
    ),
}

SESSIONS: Final[Sentences] = {
    "amount is a string, full match, bounded below and above": (
        "web/contract/bodies:an_invalid_amount_is_refused",
        "web/contract/bodies:an_amount_in_kas_must_be_a_string",
        "web/contract/bodies:the_bounds_of_an_amount_are_amounts",
        "kaspa/money:only_plain_ascii_decimals_are_amounts",
    ),
    "orderId, metadata, redirectUrl, expiresIn have limits": (
        "web/contract/bodies:a_field_beyond_its_limits_is_a_field_error",
        "web/contract/bodies:values_at_the_limits_are_allowed",
    ),
    "Strings are stored as they came and escaped on output": (
        "web/contract/bodies:a_full_body_is_stored_unchanged",
        "web/contract/fixes:an_order_id_with_markup_is_kept_unchanged_and_escaped",
    ),
    "Unknown fields are a 400 that names them": (
        "web/contract/every_call:a_body_with_unknown_fields_or_no_object_is_a_field_error",
    ),
    "Idempotency-Key: same body same session, another body 422, in flight 409, 24 hours": (
        "web/http/idempotency:the_same_order_twice_is_one_session",
        "web/http/idempotency:another_body_under_the_same_key_is_refused",
        "web/http/idempotency:a_repeated_call_in_progress_is_a_409",
        "web/http/idempotency:keys_belong_to_their_merchant",
        "web/http/idempotency:a_key_is_forgotten_after_a_day",
        "store/contract:a_call_that_was_made_takes_its_second_session_along",
        "web/contract/every_call:every_post_but_those_that_show_a_secret_takes_an_idempotency_key",
    ),
    "201 with the fields of the contract": (
        "web/api/sessions:a_new_session_has_all_that_a_shop_needs",
    ),
    "qrCode is an image of the payment URI with the amount": (
        "web/api/sessions:the_qr_code_is_an_image_that_a_page_can_embed",
        "web/qr:a_code_can_be_decoded",
    ),
    "GET is public; orderId and metadata only with the owner's key": (
        "web/api/sessions:anyone_sees_a_session_and_only_its_owner_the_order",
    ),
    "400 for a non-UUID, 404 unknown": (
        "web/api/sessions:ids_are_checked_before_they_are_looked_up",
        "web/contract/every_call:an_unknown_session_is_a_404_and_a_malformed_id_a_400",
    ),
    "status answers five fields and no more": ("web/api/sessions:status_has_exactly_five_fields",),
    "cancel: owner only (403), pending only (400)": (
        "web/api/sessions:only_the_owner_cancels_and_only_pending_sessions",
        "web/api/sessions:a_paid_session_is_not_cancelled",
    ),
    "token: read-only, an hour; no GET returns a token": (
        "web/api/sessions:a_read_token_is_for_this_session_for_an_hour",
        "web/api/sessions:no_get_returns_a_token",
    ),
    "accept and fail: owner's key, a note, audited and told": (
        "web/api/decisions:accepting_a_part_paid_session_sends_an_event_and_is_audited",
        "web/api/decisions:a_failed_session_is_final_and_sends_an_event",
        "web/api/decisions:only_the_owner_decides",
        "web/api/decisions:a_decision_needs_a_note",
    ),
}

STATES: Final[Sentences] = {
    "created becomes pending when the node acknowledged; POST waits a second at most": (
        "actors/chain/feed:a_session_is_pending_once_the_node_acknowledged_the_watch",
        "actors/chain/feed:without_a_node_a_session_is_created_within_a_second_and_watched_later",
    ),
    "Partial payments add up; confirmations are those of the covering payments": (
        "sessions/session:six_and_four_make_ten_and_count_from_the_younger",
        "sessions/session:confirmations_count_the_deepest_payments_that_cover",
    ),
    "Old coins on a fresh address never count": (
        "sessions/session:old_coins_on_the_address_are_none_of_its_money",
        "sessions/session:without_a_node_at_creation_the_time_of_acceptance_decides",
    ),
    "At expiresAt every session that is not covered expires": (
        "sessions/session:a_session_expires_at_its_deadline_and_not_before",
        "sessions/session:created_and_part_paid_sessions_expire_too",
    ),
    "A payment seen in time never expires while it confirms": (
        "sessions/session:a_payment_seen_in_time_never_expires_while_it_confirms",
    ),
    "Money after expiry is recorded, late, and may be accepted": (
        "sessions/session:money_after_expiry_is_recorded_as_late",
        "web/api/decisions:late_money_is_accepted_long_after_the_actor_has_ended",
    ),
    "Money after confirmed is recorded, the status stays": (
        "sessions/session:surplus_is_recorded_before_and_after_confirmation",
        "sessions/session:nothing_withdraws_a_confirmed_payment",
    ),
    "A payment withdrawn by a reorg goes back to pending": (
        "sessions/session:a_payment_withdrawn_by_a_reorg_goes_back_to_waiting",
    ),
    "Confirmations survive a restart": (
        "actors/chain/reconcile:after_a_restart_confirmations_go_on_from_the_accepting_block",
    ),
}

SOCKET: Final[Sentences] = {
    "subscribe, snapshot, status, confirmations": (
        "web/socket/socket:a_payment_is_followed_from_subscription_to_confirmation",
    ),
    "Errors in their words; the socket stays open; rubbish is closed": (
        "web/socket/socket:errors_are_sent_and_the_socket_stays_open",
        "web/socket/socket:a_client_that_keeps_sending_errors_is_closed",
    ),
    "Expiry is pushed too": ("web/socket/socket:cancellation_and_expiry_are_pushed",),
    "At least 200 sessions; subscribing again sends a fresh snapshot": (
        "web/socket/socket:one_connection_follows_a_bounded_number_of_sessions",
        "web/socket/socket:a_read_token_works_and_subscribing_again_sends_a_snapshot",
    ),
    "Any Origin may connect with a token": ("web/socket/socket:any_page_may_connect",),
    "Frames over 4 KB are refused": ("web/socket/socket:frames_over_four_kilobytes_are_refused",),
    "Server pings; a silent peer is dropped": (
        "web/connection/guard:a_silent_websocket_is_pinged_then_dropped",
    ),
    "A slow reader gets the newest state": (
        "web/socket/express:a_reader_that_stopped_gets_the_newest_state_in_whole_frames",
        "web/socket/plain:a_slow_reader_gets_only_the_newest_state",
    ),
}

WEBHOOKS: Final[Sentences] = {
    "The body's fields, and JSON.stringify's bytes": (
        "webhook:a_new_session_is_told_with_the_fields_of_the_contract_in_their_order",
        "webhook:javascript_reads_and_rewrites_a_body_to_the_same_bytes",
    ),
    "Both signatures; standardwebhooks verifies; the vector": (
        "webhook:standardwebhooks_verifies_every_body",
        "webhook:the_contracts_vector_is_met",
        "webhook:the_older_signature_is_keyed_with_the_whole_text_of_the_secret",
        "webhook:while_a_secret_is_replaced_receivers_with_either_one_can_verify",
    ),
    "Success is any 2xx; a redirect is not followed; ten seconds": (
        "egress/egress:a_redirect_is_an_answer_and_is_not_followed",
        "egress/egress:a_body_that_drips_is_over_when_the_time_is",
    ),
    "Five attempts, then the slow tail; Retry-After; 410 stops": (
        "webhook:five_quick_attempts_then_the_slow_tail_then_no_more",
        "webhook:a_receiver_that_is_gone_gets_no_more_attempts",
        "webhook:retry_after_puts_an_attempt_off_but_never_forward_and_adds_none",
    ),
    "A dead endpoint never delays another merchant's": (
        "actors/webhooks/dispatcher:a_dead_endpoint_never_delays_another_merchants",
    ),
}

LIMITS: Final[Sentences] = {
    "Per IP for anonymous calls": (
        "web/http/limits:strangers_at_their_limit_do_not_block_a_merchant",
        "web/http/proxies:shoppers_behind_a_trusted_proxy_are_counted_separately",
    ),
    "Per key for merchants": (
        "web/http/limits:a_merchants_calls_from_all_addresses_are_counted_together",
    ),
    "Per session for public polls": (
        "web/http/limits:a_session_that_is_polled_too_often_is_refused_alone",
    ),
    "Five open widgets polling every 3 s never see a 429": (
        "web/http/limits:five_widgets_that_poll_every_three_seconds_never_see_a_429",
    ),
    "429 with Retry-After and RateLimit-*": (
        "web/http/limits:a_session_that_is_polled_too_often_is_refused_alone",
        "web/http/limits:answers_say_how_much_is_left",
    ),
    "X-Forwarded-For counts only from configured proxies": (
        "web/http/proxies:the_client_is_the_nearest_address_that_is_not_a_trusted_proxy",
        "web/http/proxies:a_stranger_cannot_forge_addresses_to_escape_its_limit",
        "web/http/proxies:without_configured_proxies_no_header_is_trusted",
    ),
    "Public session calls and /widget answer Access-Control-Allow-Origin: *": (
        "web/http/headers:public_calls_answer_any_page_without_credentials",
    ),
    "Merchant endpoints answer configured origins alone": (
        "web/http/headers:merchant_calls_answer_no_page_by_default",
        "web/http/headers:merchant_calls_answer_pages_of_the_origins_in_the_settings",
    ),
}

HEALTH: Final[Sentences] = {
    "/health, /live, /ready, /detailed": ("web/api/health:a_healthy_gateway_reports_ok",),
    "Counts only for an operator": (
        "web/api/health:numbers_and_addresses_are_for_the_operator",
        "web/api/metrics:only_the_operator_gets_metrics",
    ),
    "Cached": ("web/api/health:counts_are_cached_for_a_second",),
    "Serves without a usable node": ("web/api/health:without_a_node_it_serves_but_is_not_ready",),
}

ANCESTOR: Final[Sentences] = {
    "create, stop the process, start it, pay": (
        "e2e/restart:a_session_made_before_the_stop_and_paid_after_the_start_is_confirmed",
    ),
    "deadlines are kept and told": (
        "actors/sessions/deadlines:sessions_expire_with_the_first_block_after_their_deadline",
        "web/socket/socket:cancellation_and_expiry_are_pushed",
    ),
    "receiver answers 500, 500, 200": (
        "actors/webhooks/dispatcher:500_500_200_makes_three_attempts_on_schedule_and_one_success",
    ),
    "receiver down when the process is killed": (
        "e2e/restart:what_the_receiver_missed_before_the_kill_arrives_after_the_restart",
    ),
    "pay after expiry": ("web/api/sandbox:each_action_takes_the_whole_real_path",),
    "6 + 4 KAS for 10": ("actors/gateway:parts_add_up_in_one_block_and_in_two",),
    "output removed three seconds after detection": (
        "actors/chain/missing_outputs:an_output_removed_three_seconds_after_detection_is_withdrawn_after_the_grace",
        "web/api/sandbox:a_reverted_payment_makes_the_session_pending_again",
    ),
    "the same outpoint removed and added in one notification": (
        "actors/sessions/actor:the_same_outpoint_removed_and_added_at_once_only_moves_its_score",
    ),
    "restart while confirming": (
        "e2e/restart:confirmations_go_on_from_the_accepting_block_after_a_restart",
    ),
    "an xpub whose first addresses already hold coins": (
        "actors/chain/reconcile:coins_that_lay_on_the_address_before_are_never_counted",
    ),
    "two merchants, same xpub": ("web/api/merchants:an_email_or_wallet_in_use_is_a_conflict",),
    "PATCH with the same xpub": (
        "web/api/merchants:setting_the_same_xpub_again_reuses_no_address",
    ),
    "orderId <b>SKU</b>": (
        "web/contract/fixes:an_order_id_with_markup_is_kept_unchanged_and_escaped",
    ),
    "amount 0, 60 digits, 2 MB body, malformed JSON": (
        "web/contract/fixes:an_absurd_body_is_a_400_or_a_413",
    ),
    "webhook URLs that lead inside": (
        "web/api/merchants:a_webhook_url_of_a_private_network_is_refused",
        "egress/egress:a_name_that_turns_private_after_it_was_saved_is_refused_when_sent",
    ),
    "anonymous GET of another shop's session": (
        "web/api/sessions:anyone_sees_a_session_and_only_its_owner_the_order",
    ),
    "five open widgets on one IP": (
        "web/http/limits:five_widgets_that_poll_every_three_seconds_never_see_a_429",
    ),
    "limit=-1, startDate=junk": (
        "web/api/reports:a_value_out_of_range_is_a_field_error",
        "web/api/reports:an_invalid_period_is_a_field_error",
    ),
    "a phone sleeps for a minute during the payment": ("e2e/browser:in_the_browser",),
    "the countdown ends while confirming": (
        "actors/sessions/deadlines:the_deadline_does_not_matter_while_a_payment_confirms",
    ),
}

CONTRACT: Final[dict[str, Sentences]] = {
    "1. URL space": URLS,
    "2. Authentication": AUTHENTICATION,
    "3. Errors": ERRORS,
    "4. Merchants": MERCHANTS,
    "4. Lists and figures": LISTS,
    "5. Sessions": SESSIONS,
    "6. States": STATES,
    "7. WebSocket": SOCKET,
    "8. Webhooks": WEBHOOKS,
    "9. Limits": LIMITS,
    "10. Health": HEALTH,
    "12. Settings and commands": SETTINGS,
    "What the ancestor got wrong": ANCESTOR,
}
