module longshore.test/gosdk

go 1.26.0

require github.com/sftpgo/sdk v0.1.9
