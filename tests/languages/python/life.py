# The second half of the program in examples/python.

config = pulumi.Config()
turn = config.get("turn") or "1"
url = config.require("url")

every = jenkins.ApiToken(
    "every",
    connection=jenkins.ConnectionArgs(
        url=url,
        username=token.user_id,
        api_token=token.token_value,
        insecure_skip_tls_verify=False,
        request_timeout_seconds=30,
        wait_for_ready_seconds=0,
    ),
    user="alice",
    token_name="every input",
    expires_in_days=30,
    renew_before_days=5,
    triggers={"turn": "1"},
    via="rest",
)
pulumi.export("every", every.token_value)
pulumi.export("everyExpiresOn", every.expires_on)

by_hand = jenkins.ApiToken("by-hand", token_name="by hand", token_value=config.require_secret("byHand"))
pulumi.export("byHand", by_hand.token_value)

login = jenkins.Provider("login", url=url, username="alice", password=config.require_secret("password"))
explicit = jenkins.ApiToken("explicit", opts=pulumi.ResourceOptions(provider=login))
pulumi.export("explicit", explicit.token_value)

nightly = jenkins.RotatingApiToken("nightly", rotate_every_days=30, triggers={"turn": turn})
pulumi.export("current", nightly.current.token_value)
pulumi.export("previous", nightly.previous.apply(lambda previous: previous.token_value if previous else None))

found = jenkins.get_api_tokens_output(user=every.user_id)
pulumi.export("found", found.tokens.apply(lambda tokens: ",".join(sorted(one.token_name for one in tokens))))
