module github.com/letmepost/letmepost/sdk/go

go 1.19
