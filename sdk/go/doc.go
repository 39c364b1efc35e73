// Package letmepost publishes to many social accounts with one call, and tells the truth about it.
//
//	client, err := letmepost.New(letmepost.WithAPIKey("lmp_live_..."))
//	batch, err := client.Posts.Create(ctx, letmepost.PostBody{
//		Targets: []letmepost.TargetBody{{Platform: letmepost.PlatformNameBluesky}},
//		Text:    letmepost.Ptr("Hello."),
//	})
//
// A call that fails returns an error of the type of its code, such as *PreflightFailedError, which
// errors.As finds; as *LetmepostError it finds every one. A call is sent again after network
// failures, 429 and 5xx, with one idempotency key, so that nothing is done twice.
package letmepost
